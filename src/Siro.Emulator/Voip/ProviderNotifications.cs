using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Siro.Emulator.Voip;

/// <summary>
/// "The call has ended", in each provider's documented shape, with a valid signature. Requests are ready to be sent, or to be bent first.
/// </summary>
public static class ProviderNotifications
{
    /// <summary>Twilio's recording status callback: a form, signed over the URL and the sorted parameters.</summary>
    /// <param name="publicUrl">The URL that Twilio was given, where it differs from the one that is sent to.</param>
    public static HttpRequestMessage Twilio(Uri target, string authToken, VoipCall call, Uri recordingUrl, Uri? publicUrl = null,
        string accountSid = "AC00000000000000000000000000000001", string status = "completed")
    {
        var form = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["AccountSid"] = accountSid,
            ["CallSid"] = call.Id,
            ["RecordingSid"] = "RE" + (call.RecordingId ?? call.Id),
            ["RecordingUrl"] = recordingUrl.AbsoluteUri,
            ["RecordingStatus"] = status,
            ["RecordingDuration"] = Seconds(call),
            ["RecordingChannels"] = "1",
            ["RecordingSource"] = "DialVerb",
            ["RecordingStartTime"] = call.StartedAt.UtcDateTime.ToString("R", CultureInfo.InvariantCulture),
        };
        var request = new HttpRequestMessage(HttpMethod.Post, target) { Content = new FormUrlEncodedContent(form) };
        request.Headers.Add("X-Twilio-Signature", TwilioSignature(authToken, publicUrl ?? target, form));
        request.Headers.Add("I-Twilio-Idempotency-Token", "twilio-" + call.Id);
        request.Headers.UserAgent.ParseAdd("TwilioProxy/1.1");
        return request;
    }

    /// <summary>Base64 of HMAC-SHA1 over the URL and each parameter's name and value, sorted ordinally.</summary>
    public static string TwilioSignature(string authToken, Uri url, IEnumerable<KeyValuePair<string, string>> parameters)
    {
        var text = new StringBuilder(url.OriginalString);
        foreach (var (name, value) in parameters.OrderBy(p => p.Key, StringComparer.Ordinal))
        {
            text.Append(name).Append(value);
        }

#pragma warning disable CA5350 // Twilio's published scheme.
        return Convert.ToBase64String(HMACSHA1.HashData(Encoding.UTF8.GetBytes(authToken), Encoding.UTF8.GetBytes(text.ToString())));
#pragma warning restore CA5350
    }

    /// <summary>Zoom Phone's <c>phone.recording_completed</c>.</summary>
    public static HttpRequestMessage Zoom(Uri target, string secret, VoipCall call, Uri downloadUrl, DateTimeOffset now) =>
        ZoomSigned(target, secret, now, new
    {
        @event = "phone.recording_completed",
        event_ts = now.ToUnixTimeMilliseconds(),
        payload = new
        {
            account_id = "zoom-account",
            @object = new
            {
                recordings = new[]
                {
                    new
                    {
                        id = "zr" + (call.RecordingId ?? call.Id),
                        call_id = call.Id,
                        download_url = downloadUrl.AbsoluteUri,
                        date_time = Moment.Text(call.StartedAt),
                        end_time = Moment.Text(call.StartedAt + call.Duration),
                        duration = (int)call.Duration.TotalSeconds,
                        direction = call.Outbound ? "outbound" : "inbound",
                        caller_number = call.Outbound ? "101" : call.CustomerPhone,
                        caller_did_number = call.From,
                        caller_name = call.Outbound ? call.RepName : call.CustomerName,
                        callee_number = call.Outbound ? call.CustomerPhone : "101",
                        callee_did_number = call.To,
                        callee_name = call.Outbound ? call.CustomerName : call.RepName,
                        owner = new { id = "zoom-user", name = call.RepName, type = "user", extension_number = 101 },
                        recording_type = "Automatic",
                    },
                },
            },
        },
    });

    /// <summary>Zoom's <c>endpoint.url_validation</c>: the answer echoes the token and its hex HMAC.</summary>
    public static HttpRequestMessage ZoomValidation(Uri target, string secret, string plainToken, DateTimeOffset now) =>
        ZoomSigned(target, secret, now, new
    {
        payload = new { plainToken },
        event_ts = now.ToUnixTimeMilliseconds(),
        @event = "endpoint.url_validation",
    });

    /// <summary>Aircall's <c>call.ended</c>, with the token in the body.</summary>
    public static HttpRequestMessage Aircall(
        Uri target, string token, VoipCall call, Uri? recordingUrl, DateTimeOffset now, string eventName = "call.ended") => Json(target, new
    {
        resource = "call",
        @event = eventName,
        timestamp = now.ToUnixTimeSeconds(),
        token,
        data = AircallData(call, recordingUrl?.AbsoluteUri),
    });

    /// <summary>Dialpad's call event in state <c>recording</c>: a JWT (HS256) with a secret, plain JSON without.</summary>
    public static HttpRequestMessage Dialpad(Uri target, string? secret, VoipCall call, Uri recordingUrl)
    {
        var payload = new
        {
            call_id = Number(call.Id),
            state = "recording",
            direction = call.Outbound ? "outbound" : "inbound",
            date_started = call.StartedAt.ToUnixTimeMilliseconds(),
            duration = call.Duration.TotalMilliseconds,
            external_number = call.CustomerPhone,
            internal_number = call.RepPhone,
            target = new { email = call.RepEmail, phone = call.RepPhone, name = call.RepName, type = "user", id = 1 },
            contact = new { phone = call.CustomerPhone, name = call.CustomerName, type = "local", id = "c1" },
            recording_details =
                new[] { new { id = call.RecordingId ?? call.Id, recording_type = "admincallrecording", url = recordingUrl.AbsoluteUri,
                duration = call.Duration.TotalMilliseconds } },
        };
        if (secret is null)
        {
            return Json(target, payload);
        }

        var content =
            $"{Base64Url(JsonSerializer.SerializeToUtf8Bytes(new { alg = "HS256", typ = "JWT" }))}.{Base64Url(JsonSerializer.SerializeToUtf8Bytes(payload))}";
        var signature = HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.ASCII.GetBytes(content));
        return new HttpRequestMessage(
            HttpMethod.Post, target) { Content = new StringContent($"{content}.{Base64Url(signature)}", Encoding.UTF8, "application/jwt") };
    }

    /// <summary>RingCentral's telephony session at its end. No URL: the call log has it.</summary>
    public static HttpRequestMessage RingCentral(
        Uri target, string verificationToken, VoipCall call, DateTimeOffset now, string header = "Verification-Token")
    {
        var request = Json(target, new
        {
            uuid = Identifiers.NewUuid(),
            @event = "/restapi/v1.0/account/~/telephony/sessions",
            timestamp = Moment.Text(now),
            subscriptionId = "rc-subscription",
            ownerId = "1",
            body = new
            {
                sequence = 9,
                sessionId = call.Id,
                telephonySessionId = "s-" + call.Id,
                serverId = "1",
                eventTime = Moment.Text(now),
                parties = new[]
                {
                    new
                    {
                        accountId = "1",
                        extensionId = "101",
                        id = $"p-{call.Id}-1",
                        direction = call.Outbound ? "Outbound" : "Inbound",
                        from = new { phoneNumber = call.From, name = call.Outbound ? call.RepName : call.CustomerName },
                        to = new { phoneNumber = call.To, name = call.Outbound ? call.CustomerName : call.RepName },
                        status = new { code = "Disconnected", rcc = false },
                        recordings = new[] { new { id = call.RecordingId, active = false } },
                    },
                },
            },
        });
        request.Headers.Add(header, verificationToken);
        return request;
    }

    /// <summary>What RingCentral sends when a subscription is made: the answer must echo the header.</summary>
    public static HttpRequestMessage RingCentralValidation(Uri target, string token)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, target);
        request.Headers.Add("Validation-Token", token);
        return request;
    }

    internal static object AircallData(VoipCall call, string? recordingUrl) => new
    {
        id = Number(call.Id),
        direct_link = $"https://api.aircall.io/v1/calls/{call.Id}",
        direction = call.Outbound ? "outbound" : "inbound",
        status = "done",
        started_at = call.StartedAt.ToUnixTimeSeconds(),
        answered_at = call.StartedAt.ToUnixTimeSeconds() + 3,
        ended_at = (call.StartedAt + call.Duration).ToUnixTimeSeconds(),
        duration = (int)call.Duration.TotalSeconds,
        raw_digits = Spaced(call.CustomerPhone),
        recording = recordingUrl,
        user = new { id = 1, name = call.RepName, email = call.RepEmail },
        number = new { id = 1, name = "Main line", digits = Spaced(call.RepPhone) },
    };

    /// <summary>As Aircall writes numbers: <c>+1 800-123-4567</c>.</summary>
    private static string Spaced(string phone) =>
        phone is ['+', '1', ..] && phone.Length == 12 ? $"+1 {phone[2..5]}-{phone[5..8]}-{phone[8..]}" : phone;

    private static string Seconds(VoipCall call) => ((int)call.Duration.TotalSeconds).ToString(CultureInfo.InvariantCulture);

    private static object Number(string id) =>
        long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : id;

    private static HttpRequestMessage ZoomSigned(Uri target, string secret, DateTimeOffset now, object payload)
    {
        var request = Json(target, payload);
        var timestamp = now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var body = JsonSerializer.Serialize(payload);
        request.Headers.Add("x-zm-request-timestamp", timestamp);
        request.Headers.Add("x-zm-signature", "v0=" + ZoomHash(secret, $"v0:{timestamp}:{body}"));
        return request;
    }

    /// <summary>Lower-case hex of HMAC-SHA256.</summary>
    public static string ZoomHash(string secret, string text) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(text)));

    private static HttpRequestMessage Json(Uri target, object payload)
    {
        var content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(payload));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return new HttpRequestMessage(HttpMethod.Post, target) { Content = content };
    }

    private static string Base64Url(byte[] bytes) => Convert.ToBase64String(bytes).TrimEnd('=').Replace('+', '-').Replace('/', '_');
}
