"""A worker for Waybill that counts the words of text files. Needs Python 3.8 and nothing else; see docs/workers.md."""
import json, os, signal, sys, threading, time, urllib.request

URL, TOKEN = os.environ.get("WAYBILL_URL", "http://127.0.0.1:4000"), os.environ.get("WAYBILL_TOKEN")
HEADERS = {"content-type": "application/json", **({"authorization": f"Bearer {TOKEN}"} if TOKEN else {})}
LEASE = int(os.environ.get("LEASE_SECONDS", "60"))

def send(mutation, fields, **values):
    kind = mutation[0].upper() + mutation[1:] + "Input!"
    query = f"mutation ($input: {kind}) {{ answer: {mutation}(input: $input) {{ {fields} }} }}"
    body = json.dumps({"query": query, "variables": {"input": values}}).encode()
    with urllib.request.urlopen(urllib.request.Request(f"{URL}/graphql", body, HEADERS), timeout=90) as response:
        return json.load(response)["data"]["answer"]

def heartbeat(lease, state, over):
    while not over.wait(LEASE / 3):
        try:
            sign = send("extendLease", "... on ExtendLeaseSuccess { cancelRequested }", **lease, **state["sign"])
            state["stop"] = sign.get("cancelRequested", True)  # without success, another worker has the file
        except Exception as error:  # whatever it is: without signs of life the lease runs out
            print(f"no sign of life, trying again: {error!r}", file=sys.stderr)

def count_words(file, state):
    text = b""
    with urllib.request.urlopen(urllib.request.Request(file["contentUrl"], headers=HEADERS), timeout=90) as response:
        while chunk := response.read1(65536):
            text += chunk
            state["sign"]["progress"] = len(text) / file["size"]
            if state["stop"]:
                return None
    if len(text) < file["size"]:
        raise OSError("the download broke off")
    return {"words": {"version": "1", "words": len(text.decode().split())}}

def work(file, lease):
    state, over = {"stop": False, "sign": {"leaseSeconds": LEASE, "message": "counting words"}}, threading.Event()
    threading.Thread(target=heartbeat, args=(lease, state, over), daemon=True).start()
    end = {**lease, "event": "COMPLETE_PROCESSING"}
    try:
        end["properties"] = count_words(file, state)
        if end["properties"] is None:
            return send("releaseLease", "__typename", **lease)  # a file that was cancelled fails with this
    except UnicodeDecodeError as error:
        failure = {"code": "NOT_TEXT", "message": f"No UTF-8 at byte {error.start}.", "retryable": False}
        end.update(event="FAIL_PROCESSING", failure=failure)
    except BaseException:
        send("releaseLease", "__typename", **lease, afterSeconds=5)  # the file is for somebody else
        raise
    finally:
        over.set()
    return send("transitionFile", "__typename ... on Error { code message }", **end)

signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
while True:
    try:
        wanted = {"worker": "words.py", "limit": 1, "leaseSeconds": LEASE, "waitSeconds": 30, "contentTypes": ["text/*"]}
        for claimed in send("claimFiles", "leaseToken file { id size contentUrl }", **wanted):
            lease = {"id": claimed["file"]["id"], "leaseToken": claimed["leaseToken"]}
            print(lease["id"], work(claimed["file"], lease), flush=True)
    except (OSError, KeyError, TypeError, ValueError) as error:
        print(f"trying again in 2 s: {error!r}", file=sys.stderr)
        time.sleep(2)
