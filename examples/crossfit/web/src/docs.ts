/** The page under /docs: every event, from the AsyncAPI document that the generator writes. */
import "@asyncapi/react-component/styles/default.min.css";
import AsyncApi from "@asyncapi/react-component/browser/standalone/index.js";
// biome-ignore lint/correctness/useImportExtensions: the bundler gives the text of the file
import events from "../../asyncapi/asyncapi.yaml?raw";

const place = document.getElementById("events");
AsyncApi.render({ schema: events, config: { show: { sidebar: true, errors: true } } }, place);
