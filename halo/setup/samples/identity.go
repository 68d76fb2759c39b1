// Sign a Halo identity token. Needs nothing but the standard library.
package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"os"
	"time"
)

// HaloIdentityToken proves to Halo who this signed-in user is, for 24 hours.
func HaloIdentityToken(userID string, claims map[string]any) (string, error) {
	secret := os.Getenv("HALO_IDENTITY_SECRET")
	if secret == "" {
		return "", errors.New("HALO_IDENTITY_SECRET is not set")
	}
	issued := time.Now().Unix()
	payload := map[string]any{}
	for name, value := range claims {
		payload[name] = value
	}
	payload["user_id"], payload["iat"], payload["exp"] = userID, issued, issued+24*60*60
	body, err := json.Marshal(payload)
	if err != nil {
		return "", err
	}
	encode := base64.RawURLEncoding.EncodeToString
	signed := encode([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." + encode(body)
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(signed))
	return signed + "." + encode(mac.Sum(nil)), nil
}

func main() {
	if len(os.Args) < 2 {
		log.Fatal("usage: identity <user id>")
	}
	token, err := HaloIdentityToken(os.Args[1], nil)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(token)
}
