"use client";

import Script from "next/script";

declare global {
  interface Window {
    HaloAgents: { init(options: Record<string, unknown>): void };
  }
}

export function HaloWidget() {
  return (
    <Script
      src={JS_CDN_URL}
      strategy="afterInteractive"
      onReady={() => {
        // Signed-in visitors: add userId and userToken, see BASE_URL/docs/identity-verification
        window.HaloAgents.init({ orgId: JS_ORG_ID, apiKey: JS_API_KEY });
      }}
    />
  );
}
