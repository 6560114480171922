/** How the axes of every chart look: in the box's font, in the theme's colours. */

/**
 * uPlot's options of an axis without its ticks' values.
 * @param sizeEm room that the axis takes, in the box's font size
 */
export function plainAxis(box, sizeEm) {
  const style = getComputedStyle(box);
  const sizePx = parseFloat(style.fontSize);
  return {
    // Asked for at every drawing: the theme may have changed, and the style follows it.
    stroke: () => style.getPropertyValue("--chart-text"),
    grid: { stroke: () => style.getPropertyValue("--chart-grid"), width: 1 },
    ticks: { show: false },
    font: `${sizePx}px ${style.fontFamily}`,
    size: sizeEm * sizePx,
  };
}
