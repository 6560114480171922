/** What a wall shows when: pages of cameras in turns, and alerts, which come first. */

// Long enough to read a page of cameras from afar.
const SLIDE_MS = 12_000;
// So long a new alert has the screen; then it takes its turn with the pages until somebody sees to it.
const FIRST_MS = 60_000;

// With more cameras on the screen nobody reads them from four metres.
const MOST_TILES = 12;

/** How many cameras stand on each page, so that all pages are about as full. */
export function pageSize(count) {
  const pages = Math.max(1, Math.ceil(count / MOST_TILES));
  return Math.max(1, Math.ceil(count / pages));
}

// Width of a tile to its height: a picture with its words below.
const TILE_SHAPE = 1.2;

/** How many columns give so many tiles the most room. */
export function columnsFor(count, width, height) {
  const sizeIn = (columns) => Math.min(width / columns, (height / Math.ceil(count / columns)) * TILE_SHAPE);
  const all = Array.from({ length: Math.max(1, count) }, (_, index) => index + 1);
  return all.reduce((best, columns) => (sizeIn(columns) > sizeIn(best) ? columns : best), 1);
}

export class Rotation {
  constructor() {
    Object.assign(this, { current: null, shownMs: 0, firstMs: new Map() });
  }

  /**
   * What to show now.
   * @param alerts ids of those that nobody has seen to, newest first.
   * @param pages how many pages of cameras there are.
   * @returns {{alert: string}|{page: number}}
   */
  step(alerts, pages, nowMs) {
    const fresh = alerts.filter((id) => this.isFresh(id, nowMs));
    const come = fresh.find((id) => !this.firstMs.has(id));
    this.firstMs = new Map(alerts.map((id) => [id, this.firstMs.get(id) ?? nowMs]));
    const numbers = Array.from({ length: pages }, (_, page) => ({ page }));
    const slides = (fresh.length ? [] : numbers).concat((fresh.length ? fresh : alerts).map((alert) => ({ alert })));
    const place = slides.findIndex((slide) => isSame(slide, this.current));
    if (come) return this.turnTo({ alert: come }, nowMs);
    if (place < 0) return this.turnTo(slides[0], nowMs);
    if (nowMs - this.shownMs < SLIDE_MS) return this.current;
    return this.turnTo(slides[(place + 1) % slides.length], nowMs);
  }

  isFresh(id, nowMs) {
    return nowMs - (this.firstMs.get(id) ?? nowMs) < FIRST_MS;
  }

  turnTo(slide, nowMs) {
    Object.assign(this, { current: slide, shownMs: nowMs });
    return slide;
  }
}

const isSame = (one, other) => one.alert === other?.alert && one.page === other?.page;
