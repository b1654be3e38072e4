"""Sends the requests of the file that is the first argument, and prints what a program sees of each answer."""
import concurrent.futures
import http.client
import json
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

TICK = 0.05
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def slowly(body, rate):
    step = int(rate * TICK) + 1
    for at in range(0, len(body), step):
        yield body[at:at + step]
        time.sleep(TICK)


def by_urllib(request, body, headers):
    outgoing = urllib.request.Request(request["url"], data=body, headers=headers, method=request["method"])
    try:
        with OPENER.open(outgoing, timeout=60) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.read()


def by_http_client(request, body, headers):
    url = urllib.parse.urlsplit(request["url"])
    connection = http.client.HTTPConnection(url.hostname, url.port, timeout=60)
    try:
        connection.request(request["method"], url.path, body=body, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def one(request):
    body = request["prefix"].encode("latin-1")
    body += bytes(request["bytes"] - len(body))
    headers = dict(request["headers"])
    headers["Content-Length"] = str(len(body))
    if request["rate"] > 0:
        body = slowly(body, request["rate"])
    try:
        status, text = (by_urllib if request["client"] == "urllib" else by_http_client)(request, body, headers)
        return {"id": request["id"], "status": status, "body": text.decode()}
    except Exception as error:
        return {"id": request["id"], "status": 0, "body": repr(error)}


with open(sys.argv[1], encoding="utf-8") as file:
    requests = json.load(file)
slow = [r for r in requests if r["rate"] > 0]
with concurrent.futures.ThreadPoolExecutor(max_workers=max(1, len(slow))) as pool:
    answers = list(pool.map(one, slow))
answers += [one(r) for r in requests if r["rate"] == 0]
print(json.dumps(answers))
