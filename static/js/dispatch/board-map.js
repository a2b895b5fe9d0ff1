// The map of a day: each technician's stops in order, numbered and in their colour, where they are by their last report, and the jobs to place. Drawn by
// Leaflet, with pictures under it only where an address for them is set. The same is in the lanes and lists, so keyboard and screen reader need no map.
import { html, icon, nothing, render } from "../core/html.js";
import { formatTime, t, tn } from "../core/i18n.js";
import { problem } from "../core/parts.js";
import { crewOf, isOf, nameIn } from "./crews.js";
import { located, stopsOf, whereabouts } from "./stops.js";
import { crewWord, span, statusWord } from "./words.js";

const COLOURS = 8; // of dispatch.css; after them the lines are dashed, then dotted
const CLOSEST = 14; // zoom when everything is shown
const NAMES = 120; // pixels
const BESIDE = 13; // pixels between stops at one place
const SHEET = new URL("../../vendor/leaflet/leaflet.css", import.meta.url).pathname;

let library = null;
/** Leaflet, fetched when the first map is opened. */
function leaflet() {
  if (!document.querySelector(`link[href="${SHEET}"]`)) document.head.prepend(Object.assign(document.createElement("link"), { rel: "stylesheet", href: SHEET }));
  library ??= import("../../vendor/leaflet/leaflet.js").then((module) => module.default);
  return library;
}

const node = (className, text) => Object.assign(document.createElement("span"), { className, textContent: text });
const pointOf = (place) => [place.latitude, place.longitude];

const WHERE = {
  on_site: (at) => t("on site since %(time)s", { time: formatTime(at) }),
  on_the_way: (at) => t("on the way there since %(time)s", { time: formatTime(at) }),
  ended: (at) => t("finished there at %(time)s", { time: formatTime(at) }),
};

/** mapPanel(element, {tiles: {url, attribution}, choose(key), open(key), close()}) → {draw(picture), colour(person's id), close()}. */
export function mapPanel(element, { tiles, choose, open, close }) {
  let leaf = null; // {L, map, layer} once it is there
  let picture = null;
  let drawn = "";
  let fitted = "";
  let only = 0; // the technician whose way stands out
  let failed = null;
  const order = new Map(); // person's id → place among the colours
  element.hidden = false;
  element.parentElement.classList.add("with-map");
  render(nothing, element);

  const colour = (person) => (order.has(person) ? `of-${order.get(person) % COLOURS} turn-${Math.min(2, Math.floor(order.get(person) / COLOURS))}` : "");

  async function begin() {
    try {
      failed = null;
      frame();
      const L = await leaflet();
      if (element.hidden || leaf) return;
      const map = L.map(element.querySelector(".map-canvas"), { zoomControl: false, attributionControl: Boolean(tiles.url), zoomSnap: 0.5, maxZoom: 19 });
      L.control.zoom({ zoomInTitle: t("Closer"), zoomOutTitle: t("Further away") }).addTo(map);
      L.control.scale({ imperial: false }).addTo(map);
      if (tiles.url) {
        map.attributionControl.setPrefix(false);
        const thanks = node("", tiles.attribution).innerHTML; // as text
        L.tileLayer(tiles.url, { attribution: thanks, maxZoom: 19, referrerPolicy: "origin" }).addTo(map);
      }
      leaf = { L, map, layer: L.layerGroup().addTo(map), seen: new ResizeObserver(() => map.invalidateSize()) };
      leaf.seen.observe(map.getContainer());
      update();
    } catch (error) {
      library = null;
      failed = error;
      frame();
    }
  }

  function frame() {
    const missing = picture ? picture.visits.filter((visit) => !located(visit.site)) : [];
    const lost = picture ? picture.lines.filter((line) => !located(line)) : [];
    render(
      html`<div class="row-of apart map-head"><h2>${t("Map")}</h2><span class="row-of">
          <button type="button" class="btn btn-sm" ?disabled=${!leaf} @click=${() => fit()}>${icon("maximize")}${t("Show all")}</button>
          <button type="button" class="btn btn-sm btn-quiet btn-icon" aria-label=${t("Close the map")} @click=${close}>${icon("x")}</button></span></div>
        ${failed ? problem({ title: t("The map could not be loaded.") }, begin) : html`<div class="map-canvas" role="application" aria-label=${t("Map of the day. The same visits are in the lanes and lists.")}></div>`}
        <div class="map-card" role="status">${picture ? card() : nothing}</div>
        ${picture ? people() : nothing}
        ${missing.length || lost.length
          ? html`<div class="map-missing"><h3>${t("Not on the map, without coordinates")}</h3><ul>${missing.map((visit) => html`<li><button type="button" class="btn btn-sm btn-quiet" @click=${() => choose(`visit:${visit.number}`)}>${formatTime(visit.planned_start)} ${visit.customer ?? visit.ticket.subject}<span class="soft">${[crewWord(visit), visit.site?.address ?? t("no address")].filter(Boolean).join(" · ")}</span></button></li>`)}${lost.map((line) => html`<li><button type="button" class="btn btn-sm btn-quiet" @click=${() => choose(`ticket:${line.number}`)}>#${line.number} ${line.customer ?? line.subject}<span class="soft">${[t("to place"), line.address ?? t("no address")].join(" · ")}</span></button></li>`)}</ul></div>`
          : nothing}`,
      element,
    );
  }

  /** Who is whose colour, how many stops they have, and where they are; pressed, their way stands out. */
  function people() {
    const rows = [...stopsOf(picture.visits, picture.everything)].filter(([, stops]) => stops.length).map(([id, stops]) => ({ id, stops, name: nameIn(stops[0].visit, id), place: order.get(id) ?? 0 }));
    if (!rows.length) return nothing;
    const press = (id) => {
      only = only === id ? 0 : id;
      update();
    };
    return html`<div class="map-people" role="group" aria-label=${t("Whose way stands out")}>${rows
      .sort((a, b) => a.place - b.place)
      .map(({ id, stops, name }) => html`<button type="button" class="chip chip-choice" aria-pressed=${String(only === id)} title=${where(id)?.text ?? ""} @click=${() => press(id)}><span class="swatch ${colour(id)}" aria-hidden="true"></span>${name}<span class="soft">${tn("%(count)s stop", "%(count)s stops", stops.length)}</span></button>`)}</div>`;
  }

  function where(person) {
    if (!picture.today) return null;
    const found = whereabouts(picture.everything.filter((visit) => isOf(visit, person)));
    return found && { ...found, name: nameIn(found.visit, person), text: `${nameIn(found.visit, person)}: ${WHERE[found.status](found.at)}` };
  }

  /** What is selected, in words, with the way on. */
  function card() {
    const [kind, number] = [picture.chosen.split(":")[0], Number(picture.chosen.split(":")[1])];
    const visit = kind === "visit" ? picture.visits.find((one) => one.number === number) : null;
    const line = kind === "ticket" ? picture.lines.find((one) => one.number === number) : null;
    if (!visit && !line) return html`<span class="soft small">${t("Choose a visit on the map, in the lanes or in the lists.")}</span>`;
    const facts = visit
      ? [`${span(visit.planned_start, visit.planned_end)} ${visit.customer ?? visit.ticket.subject}`, [crewWord(visit), statusWord(visit.status), visit.site?.address ?? t("no address")]]
      : [`#${line.number} ${line.subject}`, [t("to place"), line.customer, line.address ?? t("no address")]];
    return html`<span class="stack tight grow"><span class="strong">${facts[0]}</span><span class="small soft">${facts[1].filter(Boolean).join(" · ")}</span>${located(visit ? visit.site : line) ? nothing : html`<span class="small">${t("Its address has no coordinates.")}</span>`}</span>
      <button type="button" class="btn btn-sm" @click=${() => open(picture.chosen)}>${visit ? t("Open the visit") : t("Book")}</button>`;
  }

  function update() {
    if (!picture) return;
    frame();
    if (!leaf) return;
    const state = JSON.stringify([
      only,
      picture.chosen,
      picture.today,
      picture.everything.map((visit) => [visit.number, crewOf(visit).map((one) => one.person_id).join(), visit.status, visit.planned_start, visit.site?.latitude, visit.site?.longitude]),
      picture.visits.map((visit) => visit.number),
      picture.lines.map((line) => [line.number, line.latitude, line.longitude]),
    ]);
    if (state === drawn) return;
    drawn = state;
    leaf.layer.clearLayers();
    paint();
  }

  function paint() {
    const { L, layer } = leaf;
    const taken = new Map(); // place → how many stand there
    const beside = (point, sort, step) => {
      const key = [sort, ...point.map((one) => one.toFixed(4))].join();
      taken.set(key, (taken.get(key) ?? -1) + 1);
      return taken.get(key) * step;
    };
    const put = (point, content, { className, size, anchor, said, key, above = 0 }) => {
      const marker = L.marker(point, { icon: L.divIcon({ className, html: content, iconSize: size, iconAnchor: anchor }), keyboard: false, zIndexOffset: above, interactive: Boolean(key) });
      if (said) marker.bindTooltip(node("map-tip", said));
      if (key) marker.on("click", () => choose(key, { from: "map" }));
      marker.addTo(layer);
    };
    for (const [person, stops] of stopsOf(picture.visits, picture.everything)) {
      const there = stops.filter(({ visit }) => located(visit.site));
      const faint = only && only !== person ? "is-faint" : "";
      L.polyline(there.map(({ visit }) => pointOf(visit.site)), { className: `map-route ${colour(person)} ${faint}`, interactive: false }).addTo(layer);
      for (const { visit, order: at } of there) {
        const key = `visit:${visit.number}`;
        const isChosen = picture.chosen === key;
        put(pointOf(visit.site), node("", String(at)), {
          className: `map-stop ${colour(person)} ${faint} ${visit.open ? "" : "is-over"} ${isChosen ? "is-chosen" : ""}`,
          size: [24, 24],
          anchor: [12 - beside(pointOf(visit.site), "stop", BESIDE), 12],
          said: `${at}. ${span(visit.planned_start, visit.planned_end)} ${visit.customer ?? visit.ticket.subject} · ${crewWord(visit)}, ${statusWord(visit.status)}`,
          key,
          above: isChosen ? 2000 : only === person ? 1000 : 0,
        });
      }
      const now = where(person);
      if (now && located(now.visit.site) && !faint) put(pointOf(now.visit.site), node("", `${now.name}${now.status === "on_the_way" ? " →" : ""}`), { className: `map-who ${colour(person)}`, size: null, anchor: [-6, 34], said: now.text, key: `visit:${now.visit.number}`, above: 500 });
    }
    for (const line of picture.lines.filter(located)) {
      const key = `ticket:${line.number}`;
      put(pointOf(line), node("", ""), { className: `map-job ${picture.chosen === key ? "is-chosen" : ""} ${only ? "is-faint" : ""}`, size: [12, 12], anchor: [6 - beside(pointOf(line), "job", 8), 6], said: `#${line.number} ${line.subject} · ${t("to place")}`, key, above: picture.chosen === key ? 2000 : -5000 });
    }
    if (fitted !== picture.of) fit();
    const chosenAt = pointOfKey(picture.chosen);
    if (chosenAt && !leaf.map.getBounds().contains(chosenAt)) leaf.map.panTo(chosenAt, { animate: false });
  }

  function pointOfKey(key) {
    const number = Number(key.split(":")[1]);
    const place = key.startsWith("visit:") ? picture.visits.find((visit) => visit.number === number)?.site : picture.lines.find((line) => line.number === number);
    return located(place) ? pointOf(place) : null;
  }

  function fit() {
    const places = [...picture.visits.map((visit) => visit.site), ...picture.lines].filter(located);
    if (!places.length) {
      leaf.map.setView([0, 0], 1);
      return;
    }
    fitted = picture.of;
    const names = Math.min(NAMES, leaf.map.getSize().x / 4); // people's names stand at the right of their place
    leaf.map.fitBounds(places.map(pointOf), { paddingTopLeft: [28, 40], paddingBottomRight: [picture.today ? names : 28, 28], maxZoom: CLOSEST, animate: false });
  }

  begin();
  return {
    colour,
    /** `shown`: {people, visits (those that fit), everything (all of the day), lines, chosen, today, of: what the view is fitted to}. */
    draw(shown) {
      picture = shown;
      order.clear();
      [...shown.people].sort((a, b) => a.name.localeCompare(b.name) || a.id - b.id).filter((person) => person.shifts.length || shown.everything.some((visit) => isOf(visit, person.id))).forEach((person, index) => order.set(person.id, index));
      update();
    },
    close() {
      leaf?.seen.disconnect();
      leaf?.map.remove();
      leaf = null;
      element.hidden = true;
      element.parentElement.classList.remove("with-map");
      render(nothing, element);
    },
  };
}
