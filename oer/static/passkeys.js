// Passkeys: asks the browser to make one or to sign with one, puts its answer into the form and sends it. The button for it
// is on the page, hidden: without this script, or where the browser knows no passkeys, the rest of the page is enough.
(() => {
  const words = document.currentScript.dataset;
  if (!window.PublicKeyCredential) return;

  const toBytes = (text) =>
    Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
  const toText = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const withBytes = (known) => (known || []).map((each) => ({ ...each, id: toBytes(each.id) }));

  async function make(options) {
    const made = await navigator.credentials.create({
      publicKey: {
        ...options,
        challenge: toBytes(options.challenge),
        user: { ...options.user, id: toBytes(options.user.id) },
        excludeCredentials: withBytes(options.excludeCredentials),
      },
    });
    return answer(made, {
      attestationObject: toText(made.response.attestationObject),
      transports: made.response.getTransports ? made.response.getTransports() : [],
    });
  }

  async function sign(options) {
    const signed = await navigator.credentials.get({
      publicKey: {
        ...options,
        challenge: toBytes(options.challenge),
        allowCredentials: withBytes(options.allowCredentials),
      },
    });
    const { authenticatorData, signature, userHandle } = signed.response;
    return answer(signed, {
      authenticatorData: toText(authenticatorData),
      signature: toText(signature),
      userHandle: userHandle ? toText(userHandle) : null,
    });
  }

  function answer(credential, response) {
    return JSON.stringify({
      id: credential.id,
      rawId: toText(credential.rawId),
      type: credential.type,
      response: { clientDataJSON: toText(credential.response.clientDataJSON), ...response },
    });
  }

  async function ask(form) {
    const sent = await fetch(form.dataset.options, {
      method: "POST",
      headers: { Accept: "application/json" },
      body: new URLSearchParams({ csrf_token: form.elements.csrf_token.value }),
    });
    if (!sent.ok || sent.redirected) throw new Error(words.expired);
    const options = await sent.json();
    form.elements.answer.value = await (form.dataset.passkey === "create" ? make(options) : sign(options));
    form.submit();
  }

  function explained(error) {
    if (error.name === "InvalidStateError") return words.known;
    return error instanceof DOMException ? words.refused : error.message;
  }

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    const there = form.querySelector("[data-passkey-there]");
    if (!there) continue;
    const button = there.querySelector("button");
    const told = form.querySelector("[data-passkey-error]");
    there.hidden = false;
    const start = async () => {
      told.hidden = true;
      button.disabled = true;
      try {
        await ask(form);
      } catch (error) {
        told.textContent = explained(error);
        told.hidden = false;
      }
      button.disabled = false;
    };
    button.addEventListener("click", start);
    // Enter in the name of a new passkey would send the form without one.
    if (form.dataset.passkey === "create") {
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        start();
      });
    }
  }
  for (const missing of document.querySelectorAll("[data-passkey-missing]")) missing.hidden = true;
})();
