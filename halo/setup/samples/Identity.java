// Sign a Halo identity token. Needs nothing but Java 17 or newer.
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

public final class Identity {
    /** A token that proves to Halo who this signed-in user is, for 24 hours. */
    public static String haloIdentityToken(String userId) throws GeneralSecurityException {
        String secret = System.getenv("HALO_IDENTITY_SECRET");
        if (secret == null || secret.isEmpty()) {
            throw new IllegalStateException("HALO_IDENTITY_SECRET is not set");
        }
        long issued = Instant.now().getEpochSecond();
        String payload = "{\"user_id\":\"%s\",\"iat\":%d,\"exp\":%d}".formatted(quoted(userId), issued, issued + 86400);
        String signed = encode("{\"alg\":\"HS256\",\"typ\":\"JWT\"}") + "." + encode(payload);
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        byte[] signature = mac.doFinal(signed.getBytes(StandardCharsets.UTF_8));
        return signed + "." + Base64.getUrlEncoder().withoutPadding().encodeToString(signature);
    }

    private static String encode(String text) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    /** The text as it stands inside a JSON string. */
    private static String quoted(String text) {
        StringBuilder out = new StringBuilder();
        for (char c : text.toCharArray()) {
            out.append(c == '"' || c == '\\' || c < ' ' ? "\\u%04x".formatted((int) c) : String.valueOf(c));
        }
        return out.toString();
    }

    public static void main(String[] arguments) throws GeneralSecurityException {
        System.out.println(haloIdentityToken(arguments[0]));
    }
}
