/** What the page asks of the server: read a file, say how a job is doing, forget it. */

const HEADERS = { Accept: "application/json" };
const LOST =
  "The file could not be sent: it cannot be read, or the connection was lost. Try again.";

/** A refusal, with the server's own words. */
export class Refusal extends Error {
  constructor(message, code = 0, retryAfterS = 0) {
    super(message);
    Object.assign(this, { code, retryAfterS });
  }
}

function refusalOf(request) {
  const message =
    request.response?.message || `The server answered ${request.status}. Try again.`;
  return new Refusal(message, request.status, Number(request.getResponseHeader("Retry-After")));
}

export class AnalyseCalls {
  /** @param url of the jobs; every job has an address below it. */
  constructor(url, csrf) {
    Object.assign(this, { url, csrf });
  }

  /**
   * Report how much is sent, as `fetch` cannot; aborting `request` rejects with null.
   * @param uploadId comes back in every status of the file.
   */
  send(file, uploadId, onProgress) {
    const request = new XMLHttpRequest();
    const answer = new Promise((resolve, reject) => {
      request.upload.onprogress = ({ loaded, total }) => onProgress(total ? loaded / total : 0);
      request.onload = () =>
        request.status < 300 ? resolve(request.response) : reject(refusalOf(request));
      request.onerror = () => reject(new Refusal(LOST));
      request.onabort = () => reject(null);
    });
    request.open("POST", this.url);
    request.responseType = "json";
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.setRequestHeader("X-CSRFToken", this.csrf);
    request.setRequestHeader("X-File-Name", encodeURIComponent(file.name));
    request.setRequestHeader("X-Upload-Id", uploadId);
    request.send(file);
    return { request, answer };
  }

  /** What is going on or kept, newest first. */
  async jobs() {
    return (await this.ask(this.url)).jobs;
  }

  job(id) {
    return this.ask(this.address(id));
  }

  async forget(id) {
    const headers = { ...HEADERS, "X-CSRFToken": this.csrf };
    const response = await fetch(this.address(id), { method: "DELETE", headers });
    if (!response.ok && response.status !== 404) throw await this.refusal(response);
  }

  /** The address of a job, or of something of it. */
  address(id, part = "") {
    return `${this.url}/${encodeURIComponent(id)}${part && `/${part}`}`;
  }

  async ask(url) {
    const response = await fetch(url, { headers: HEADERS, cache: "no-store" });
    if (!response.ok) throw await this.refusal(response);
    return response.json();
  }

  async refusal(response) {
    const answer = await response.json().catch(() => ({}));
    return new Refusal(answer.message ?? `The server answered ${response.status}.`, response.status);
  }
}
