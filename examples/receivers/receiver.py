# A receiver of webhooks with the standard library. WEBHOOK_SECRET is what createWebhook returned.
import base64, hashlib, hmac, json, os, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

KEY = base64.b64decode(os.environ["WEBHOOK_SECRET"].removeprefix("whsec_"))
seen = set()  # in your database, written together with what the change does there

class Hook(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        id, sent, given = (self.headers.get(f"webhook-{name}", "") for name in ("id", "timestamp", "signature"))
        mac = base64.b64encode(hmac.digest(KEY, f"{id}.{sent}.".encode() + body, hashlib.sha256)).decode()
        is_ours = any(hmac.compare_digest(each, f"v1,{mac}") for each in given.split())
        is_fresh = sent.isdigit() and abs(time.time() - int(sent)) < 300
        if is_ours and is_fresh and id not in seen:
            data = json.loads(body)["data"]
            print(data["kind"], data["fileId"], flush=True)
            seen.add(id)
        self.send_response(204 if is_ours and is_fresh else 401)
        self.end_headers()

if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "3000"))), Hook)
    print("listening", flush=True)
    server.serve_forever()
