/** The user's files, newest first, and the one whose details are shown. */

import { AnalysedFile } from "./analyse_file.js";

// The last states that the server reports of a file; after them it does not know the file.
const DELETED = new Set(["cancelled", "forgotten"]);

export const isDeleted = ({ state }) => DELETED.has(state);

export class AnalysedFiles {
  constructor() {
    Object.assign(this, { all: [], chosen: null });
    // Upload ids of what was cancelled before the server answered, and may be read all the same.
    this.cancelled = new Set();
  }

  /** Add files in the order in which they came; the first of them is shown. */
  add(files) {
    this.all = [...files.toReversed(), ...this.all];
    this.chosen = files[0] ?? this.chosen;
  }

  drop(file) {
    this.all = this.all.filter((other) => other !== file);
    if (this.chosen === file) this.chosen = this.all[0] ?? null;
  }

  cancel(file) {
    this.drop(file);
    if (!file.id) this.cancelled.add(file.uploadId);
  }

  isCancelled(status) {
    return this.cancelled.has(status.upload_id);
  }

  /** Those that the server has. */
  get uploaded() {
    return this.all.filter(({ id }) => id);
  }

  /** The file to send now, or null: one at a time, in the order they came, as the server reads. */
  get next() {
    if (this.all.some(({ state }) => state === "sending")) return null;
    return this.all.findLast(({ state }) => state === "queued") ?? null;
  }

  /**
   * Take the status of a job; returns the file that it changed, or null.
   * @param sent the file whose upload the status answers; null for an event.
   */
  take(status, nowMs, sent = null) {
    const known = sent ?? this.fileOf(status);
    if (isDeleted(status)) {
      if (known) this.drop(known);
      return null;
    }
    const file = known ?? new AnalysedFile(status.name, status.size_bytes);
    if (!known) this.all = [file, ...this.all];
    this.all = this.all.filter((other) => other === file || other.id !== status.id);
    // The event of the end may overtake an answer.
    if (file.state === "done" && status.state !== "done") return null;
    file.take(status, nowMs);
    return file;
  }

  /** The file that a status is about; events may come before the answer to the upload. */
  fileOf(status) {
    const isSent = ({ uploadId }) => uploadId === status.upload_id;
    return this.all.find(({ id }) => id === status.id) ?? this.all.find(isSent) ?? null;
  }

  /**
   * Drop what a list of all jobs lacks.
   * @param known what the server had when the list was asked for; what was sent since may be missing.
   */
  dropMissing(known, jobs) {
    const ids = new Set(jobs.map(({ id }) => id));
    for (const file of known) if (!ids.has(file.id)) this.drop(file);
  }
}
