// Amounts as people type them, and in minor units as they are kept.

export const major = (minor, currency) => (minor ?? 0) / 10 ** digits(currency);
const digits = (currency) => new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits;

export function minor(value, currency) {
  try {
    return Math.round(Number(value ?? 0) * 10 ** digits(currency));
  } catch {
    return Math.round(Number(value ?? 0) * 100); // no such currency: the server says so
  }
}
