add_action('wp_enqueue_scripts', function () {
    wp_enqueue_script('halo-widget', PHP_CDN_URL, [], null, true);
    wp_add_inline_script('halo-widget', <<<'JS'
        // Signed-in visitors: add userId and userToken, see BASE_URL/docs/identity-verification
        window.HaloAgents.init({ orgId: JS_ORG_ID, apiKey: JS_API_KEY });
        JS);
});
