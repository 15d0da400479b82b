import { type Ack, RowcastError } from "./generated/index.js";

/** Sends a form and shows what the server says: at the fields it names, the rest below them. */
export function connectForm(
  form: HTMLFormElement,
  send: (fields: FormData) => Promise<Ack<unknown, unknown>>,
): void {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button");
    if (!button || button.disabled) return;
    button.disabled = true;
    clearErrors(form);
    try {
      const ack = await send(new FormData(form));
      if (ack.ok) form.reset();
      else showErrors(form, ack.errors);
    } catch (error) {
      if (!(error instanceof RowcastError)) throw error;
      showErrors(form, { _: [error.message] });
    } finally {
      button.disabled = false;
    }
  });
}

function clearErrors(form: HTMLFormElement): void {
  for (const message of form.querySelectorAll(".field-error")) message.remove();
  for (const message of form.querySelectorAll(".form-error")) message.textContent = "";
  for (const input of form.querySelectorAll("[aria-invalid]")) {
    input.removeAttribute("aria-invalid");
    input.removeAttribute("aria-describedby");
  }
}

function showErrors(form: HTMLFormElement, errors: Readonly<Record<string, readonly string[]>>) {
  const general: string[] = [];
  for (const [field, messages] of Object.entries(errors)) {
    const input = form.elements.namedItem(field);
    if (input instanceof HTMLElement) showFieldError(input, messages);
    else general.push(...messages);
  }
  const place = form.querySelector(".form-error");
  if (place) place.textContent = general.join(" ");
  form.querySelector<HTMLElement>("[aria-invalid]")?.focus();
}

function showFieldError(input: HTMLElement, messages: readonly string[]): void {
  const message = document.createElement("span");
  message.id = `${input.id}-error`;
  message.className = "field-error";
  message.textContent = messages.join(" ");
  input.setAttribute("aria-invalid", "true");
  input.setAttribute("aria-describedby", message.id);
  input.after(message);
}
