using System.Text.Json;
using Siro.Gateway.Common;
using Siro.Gateway.Configuration;

namespace Siro.Gateway.Calls.Sources;

/// <summary>
/// RingCentral's telephony sessions: no signature but a verification token (the header's name differs between its documents), and no URL:
/// the call log has it. Without an end of the session nothing is stored. The same log can be polled instead.
/// </summary>
internal sealed class RingCentralSource : ICallSource, ICallList
{
    private const string DefaultApi = "https://platform.ringcentral.com";
    private const string Log = "/restapi/v1.0/account/~/call-log";

    public string Type => "ringcentral";

    public string? ApiHost => "platform.ringcentral.com";

    public ICallList? List => this;

    public string? DefaultUrl(CallSourceOptions source) =>
        new Uri(new Uri(source.ApiUrl ?? DefaultApi), Log).AbsoluteUri + "?view=Detailed&recordingType=All&perPage=250&dateFrom={since}";

    public string? NextPointer(CallPollOptions poll) => poll.Next ?? "/navigation/nextPage/uri";

    /// <summary>The entries of the call log that have a recording.</summary>
    IEnumerable<CallNotice> ICallList.Read(JsonElement page, CallSourceOptions source) =>
        JsonPointer.Find(page, "/records") is { ValueKind: JsonValueKind.Array } records
            ? records.EnumerateArray().Where(r => JsonPointer.Text(r, "/recording/contentUri") is not null).Select(OfRecord)
            : [];

    public Problem? Verify(SourceRequest request, CallSourceOptions source, DateTimeOffset now)
    {
        var verification = request.Headers["Verification-Token"].ToString();
        var validation = request.Headers["Validation-Token"].ToString();
        if (verification.Length == 0 && validation.Length == 0)
        {
            return SourceProblems.MissingHeaders("Verification-Token");
        }

        // The handshake carries a token that RingCentral made up, and nothing else: echoing it gives nothing away.
        var handshake = verification.Length == 0 && request.Body.Length == 0;
        return handshake || SourceSignatures.Same(source.Secret!, verification) || SourceSignatures.Same(source.Secret!, validation)
            ? null
            : SourceProblems.BadSignature;
    }

    public SourceReading Read(SourceRequest request, CallSourceOptions source)
    {
        if (request.Body.Length == 0)
        {
            return new SourceReading([], new Echo(request.Headers["Validation-Token"].ToString()));
        }

        var body = JsonPointer.Parse(request.Body);
        if (JsonPointer.Text(body, "/body/telephonySessionId") is not { } session
            || JsonPointer.Find(body, "/body/parties") is not { ValueKind: JsonValueKind.Array } parties)
        {
            return SourceReading.Nothing;
        }

        var party = parties.EnumerateArray().FirstOrDefault(p => JsonPointer.Text(p, "/status/code") == "Disconnected"
            && JsonPointer.Find(p, "/recordings") is { ValueKind: JsonValueKind.Array } r && r.GetArrayLength() > 0);
        if (party.ValueKind != JsonValueKind.Object)
        {
            return SourceReading.Nothing;
        }

        return new SourceReading([Notice(session, party) with
        {
            Lookup = Lookup(session, JsonPointer.Text(body, "/body/eventTime") ?? JsonPointer.Text(body, "/timestamp")),
        }]);
    }

    public void Check(CallSourceOptions source, string path, ValidationErrors errors)
    {
        errors.Require(source.Poll is not null || source.Secret is { IsEmpty: false }, path + ":Secret",
            "is missing (RingCentral: the subscription's verificationToken)");
        errors.Require(
            source.Auth is not null, path + ":Auth", "is missing: RingCentral's call log, which has the recordings, needs a bearer token");
    }

    public async Task<CallNotice?> LookUpAsync(
        CallNotice notice, CallSourceOptions source, ProviderApi api, CancellationToken cancellationToken)
    {
        if (notice.Lookup?.GetValueOrDefault("session") is not { } session)
        {
            return null;
        }

        // The log is asked from a day before the event: a call is listed by its start.
        var from = (JsonPointer.Moment(notice.Lookup.GetValueOrDefault("at")) ?? notice.StartedAt ?? DateTimeOffset.UnixEpoch).AddDays(-1);
        var url = new Uri(new Uri(source.ApiUrl ?? DefaultApi),
            $"{Log}?view=Detailed&recordingType=All&perPage=1000&telephonySessionId={Uri.EscapeDataString(session)}&dateFrom={Uri.EscapeDataString(Iso8601.Text(from))}");
        if (await api.GetAsync(source, url, cancellationToken) is not { } answer
            || JsonPointer.Find(answer, "/records") is not { ValueKind: JsonValueKind.Array } records)
        {
            return null;
        }

        var record = records.EnumerateArray().FirstOrDefault(
            r => JsonPointer.Text(r, "/telephonySessionId") == session && JsonPointer.Text(r, "/recording/contentUri") is not null);
        return record.ValueKind == JsonValueKind.Object ? notice.With(OfRecord(record)) : null;
    }

    private static CallNotice OfRecord(JsonElement record) =>
        Notice(JsonPointer.Text(record, "/telephonySessionId") ?? JsonPointer.Text(record, "/sessionId") ?? JsonPointer.Text(record, "/id")
            ?? throw SourceProblems.Invalid("The call has no id."), record) with
        {
            RecordingUrl = JsonPointer.Text(record, "/recording/contentUri"),
            StartedAt = JsonPointer.Moment(JsonPointer.Text(record, "/startTime")),
            Lookup = JsonPointer.Text(record, "/telephonySessionId") is { } session
                ? Lookup(session, JsonPointer.Text(record, "/startTime"))
                : null,
        };

    /// <summary>What the call log is asked by.</summary>
    private static Dictionary<string, string> Lookup(string session, string? at) =>
        new(StringComparer.Ordinal) { ["session"] = session, ["at"] = at ?? "" };

    private static CallNotice Notice(string session, JsonElement party)
    {
        var direction = JsonPointer.Text(party, "/direction");
        var (rep, customer) = CallNotice.Sides(
            direction, JsonPointer.Text(party, "/from/phoneNumber"), JsonPointer.Text(party, "/to/phoneNumber"));
        var (_, customerName) = CallNotice.Sides(direction, JsonPointer.Text(party, "/from/name"), JsonPointer.Text(party, "/to/name"));
        return new CallNotice { SourceId = session, Rep = new CallRep { Phone = rep },
            Customer = new CallCustomer { Name = customerName, Phone = customer } };
    }

    /// <summary>The handshake's answer: the header back, and nothing else.</summary>
    private sealed class Echo(string token) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.Headers["Validation-Token"] = token;
            return Task.CompletedTask;
        }
    }
}
