import { useEffect } from "react";

const SCRIPT_URL = JS_CDN_URL;

export function HaloWidget() {
  useEffect(() => {
    let gone = false;
    const script = document.createElement("script");
    script.src = SCRIPT_URL;
    script.async = true;
    script.onload = () => {
      // Signed-in visitors: add userId and userToken, see BASE_URL/docs/identity-verification
      if (!gone) window.HaloAgents.init({ orgId: JS_ORG_ID, apiKey: JS_API_KEY });
    };
    document.body.appendChild(script);
    return () => {
      gone = true;
      window.HaloAgents?.getInstance()?.destroy();
      script.remove();
    };
  }, []);
  return null;
}
