// Where a site is, as a link to a map; opened by the person, so nothing is told to anybody before.

/** An address for a link; empty when nothing is known. */
export function mapAddress(site) {
  if (!site) return "";
  if (site.latitude !== null && site.longitude !== null) {
    return `https://www.openstreetmap.org/?mlat=${site.latitude}&mlon=${site.longitude}#map=17/${site.latitude}/${site.longitude}`;
  }
  return site.address ? `https://www.openstreetmap.org/search?query=${encodeURIComponent(site.address)}` : "";
}
