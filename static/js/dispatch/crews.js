// Who does a visit. Pure.

/** Everybody who comes, the lead first: [{person_id, name, travel_seconds}]; empty when it is nobody's. */
export const crewOf = (visit) =>
  visit.person_id ? [{ person_id: visit.person_id, name: visit.technician, travel_seconds: visit.travel_seconds }, ...(visit.helpers ?? [])] : [];

/** What one of them is called. */
export const nameIn = (visit, person) => crewOf(visit).find((one) => one.person_id === person)?.name ?? "";

/** Whether a person is one of them. */
export const isOf = (visit, person) => crewOf(visit).some((one) => one.person_id === person);
