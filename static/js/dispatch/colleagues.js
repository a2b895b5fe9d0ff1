// Two dispatchers at one day: who else looks at it, and who has which visit in hand. Hints only: nothing is kept, and they fade by themselves.
import { channel } from "../core/connection.js";
import { formatList, t } from "../core/i18n.js";
import { everySecond } from "../core/ticker.js";

const AGAIN = 3_000; // milliseconds between two signs of one who still has it in hand
const LASTS = 3 * AGAIN;
const DEEDS = { moving: (names) => t("%(names)s is moving it", { names }), open: (names) => t("%(names)s has it open", { names }) };

/** colleagues({me, changed}): `me` is the reader's user id; `changed()` is called whenever something else is to be shown. */
export function colleagues({ me, changed }) {
  const hands = new Map(); // user id → {name, deed, number, at}
  const mine = new Set(); // what the reader has in hand, the newest last
  let watched = null;
  let told = "";

  function look() {
    const now = Date.now();
    for (const [id, hand] of hands) if (now - hand.at > LASTS) hands.delete(id);
    const state = JSON.stringify([[...hands.values()].map(({ name, deed, number }) => [name, deed, number]), looking()]);
    if (state === told) return;
    told = state;
    changed();
  }

  const looking = () => (watched?.looking ?? []).filter((who) => who.id !== me).map((who) => who.name);

  channel.onHint(({ topic, kind, from, data }) => {
    if (topic !== watched?.topic || from.id === me) return;
    const [deed, number] = kind === "typing" ? String(data).split(" ") : ["", ""];
    if (DEEDS[deed]) hands.set(from.id, { name: from.name, deed, number: Number(number), at: Date.now() });
    else if (kind !== "looking") hands.delete(from.id);
    look();
  });
  everySecond(look);

  return {
    /** Another day is shown. */
    follow(day) {
      watched = day;
      hands.clear();
    },
    /** The day's rows are there: from now on others see that the reader looks at it. */
    present: () => watched && channel.lookingAt(watched.topic),
    looking,
    /** Visit number → "Rita is moving it". */
    hands() {
      const by = new Map();
      for (const { name, deed, number } of hands.values()) by.set(number, { ...by.get(number), [deed]: [...(by.get(number)?.[deed] ?? []), name] });
      return new Map([...by].map(([number, deeds]) => [number, Object.entries(deeds).map(([deed, names]) => DEEDS[deed](formatList(names))).join(", ")]));
    },
    /** The reader has a visit in hand until the function returned is called. */
    hold(deed, number) {
      const { topic } = watched ?? {};
      if (!topic) return () => {};
      const say = () => channel.hint(topic, "typing", `${deed} ${number}`);
      say();
      mine.add(say);
      const timer = setInterval(say, AGAIN);
      return () => {
        clearInterval(timer);
        mine.delete(say);
        const rest = [...mine].at(-1); // one dialog leads to another: that one was opened before the first was closed
        if (rest) rest();
        else channel.hint(topic, "typing", "");
      };
    },
  };
}
