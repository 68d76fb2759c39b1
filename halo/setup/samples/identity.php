<?php
// Sign a Halo identity token. Needs nothing but PHP 8.0 or newer.

function halo_encode(string $bytes): string
{
    return rtrim(strtr(base64_encode($bytes), '+/', '-_'), '=');
}

// A token that proves to Halo who this signed-in user is, for 24 hours.
function halo_identity_token(string $userId, array $claims = []): string
{
    $secret = getenv('HALO_IDENTITY_SECRET') ?: throw new RuntimeException('HALO_IDENTITY_SECRET is not set');
    $issued = time();
    $payload = array_merge($claims, ['user_id' => $userId, 'iat' => $issued, 'exp' => $issued + 24 * 60 * 60]);
    $signed = halo_encode('{"alg":"HS256","typ":"JWT"}') . '.' . halo_encode(json_encode($payload, JSON_THROW_ON_ERROR));
    return $signed . '.' . halo_encode(hash_hmac('sha256', $signed, $secret, true));
}

if (PHP_SAPI === 'cli' && realpath($argv[0]) === __FILE__) {
    echo halo_identity_token($argv[1]), PHP_EOL;
}
