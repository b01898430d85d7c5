package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"net/http"
	"os"
	"time"
)

// The two web tiers of yaobank, doing what the published application does: customer asks summary, summary asks the
// database. Every answer names the pod that gave it, so that a test sees which way a request went.

const account = "/accounts/519940/balance"

var client = &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}

func setting(name, fallback string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return fallback
}

func serve(handler http.HandlerFunc) error {
	mux := http.NewServeMux()
	mux.HandleFunc("/", handler)
	server := &http.Server{Addr: ":" + setting("PORT", "80"), Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	return server.ListenAndServe()
}

func database(path string, body any) (map[string]any, error) {
	data, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	url := fmt.Sprintf("http://%s:%s/v3/kv/%s", setting("DB_URL", "database"), setting("DB_PORT", "2379"), path)
	answer, err := client.Post(url, "application/json", bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	var result map[string]any
	if err := json.NewDecoder(answer.Body).Decode(&result); err != nil {
		return nil, err
	}
	return result, nil
}

func text(value string) string { return base64.StdEncoding.EncodeToString([]byte(value)) }

// balance reads the account, and opens it with a first sum if there is none.
func balance() (string, error) {
	put := map[string]any{"requestPut": map[string]string{"key": text(account), "value": text("2389.45")}}
	get := map[string]any{"requestRange": map[string]string{"key": text(account)}}
	absent := map[string]string{"key": text(account), "target": "CREATE", "createRevision": "0"}
	if _, err := database("txn", map[string]any{"compare": []any{absent}, "success": []any{put}, "failure": []any{get}}); err != nil {
		return "", err
	}
	result, err := database("range", map[string]string{"key": text(account)})
	if err != nil {
		return "", err
	}
	entries, _ := result["kvs"].([]any)
	if len(entries) == 0 {
		return "", fmt.Errorf("the database has no %s", account)
	}
	entry, _ := entries[0].(map[string]any)
	encoded, _ := entry["value"].(string)
	value, err := base64.StdEncoding.DecodeString(encoded)
	return string(value), err
}

func summary([]string) error {
	pod, _ := os.Hostname()
	return serve(func(w http.ResponseWriter, _ *http.Request) {
		sum, err := balance()
		if err != nil {
			http.Error(w, "summary: "+err.Error(), http.StatusBadGateway)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]string{"owner": "Spike Curtis", "balance": sum, "pod": pod})
	})
}

func customer([]string) error {
	pod, _ := os.Hostname()
	return serve(func(w http.ResponseWriter, _ *http.Request) {
		answer, err := client.Get("http://" + setting("SUMMARY_URL", "summary") + "/")
		if err != nil {
			http.Error(w, "customer: "+err.Error(), http.StatusBadGateway)
			return
		}
		defer answer.Body.Close()
		body, err := io.ReadAll(io.LimitReader(answer.Body, 1<<16))
		if err != nil || answer.StatusCode != http.StatusOK {
			http.Error(w, fmt.Sprintf("customer: summary said %s: %s", answer.Status, body), http.StatusBadGateway)
			return
		}
		var sum map[string]string
		if err := json.Unmarshal(body, &sum); err != nil {
			http.Error(w, "customer: "+err.Error(), http.StatusBadGateway)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, "<!doctype html><title>Yet another online bank</title><h1>Welcome, %s</h1>"+
			"<p>Balance: <b>%s</b></p><p>customer %s, summary %s</p>\n",
			html.EscapeString(sum["owner"]), html.EscapeString(sum["balance"]), html.EscapeString(pod), html.EscapeString(sum["pod"]))
	})
}
