using System.Text.Json;
using Siro.Gateway.Common;
using Siro.Gateway.Configuration;

namespace Siro.Gateway.Calls.Sources;

/// <summary>
/// Aircall's <c>call.ended</c> and <c>call.comm_assets_generated</c>, proven by the <c>token</c> in the body. Its URLs live minutes: a
/// fresh one is asked for.
/// </summary>
internal sealed class AircallSource : ICallSource
{
    private const string DefaultApi = "https://api.aircall.io";

    public string Type => "aircall";

    public string? ApiHost => "api.aircall.io";

    public Problem? Verify(SourceRequest request, CallSourceOptions source, DateTimeOffset now)
    {
        var token = JsonPointer.Text(JsonPointer.Parse(request.Body), "/token");
        return token is null
            ? SourceProblems.MissingHeaders("token in its body") : SourceSignatures.Same(source.Secret!, token)
            ? null
            : SourceProblems.BadSignature;
    }

    public SourceReading Read(SourceRequest request, CallSourceOptions source)
    {
        var body = JsonPointer.Parse(request.Body);
        return JsonPointer.Text(body, "/event") is "call.ended" or "call.comm_assets_generated"
            && JsonPointer.Find(body, "/data") is { } call && !WasMissed(call)
            ? new SourceReading([Notice(call)])
            : SourceReading.Nothing;
    }

    public void Check(CallSourceOptions source, string path, ValidationErrors errors) =>
        errors.Require(source.Secret is { IsEmpty: false }, path + ":Secret", "is missing (Aircall: the webhook's token)");

    public async Task<CallNotice?> LookUpAsync(
        CallNotice notice, CallSourceOptions source, ProviderApi api, CancellationToken cancellationToken) =>
        source.Auth is not null
            && await api.GetAsync(source,
            new Uri(new Uri(source.ApiUrl ?? DefaultApi), "/v1/calls/" + Uri.EscapeDataString(notice.SourceId)),
            cancellationToken) is { } answer
        && JsonPointer.Find(answer, "/call") is { } call
            ? notice.With(Notice(call))
            : null;

    /// <summary>Nobody answered: there will be no recording to wait for.</summary>
    private static bool WasMissed(JsonElement call) =>
        JsonPointer.Text(call, "/recording") is null
            && JsonPointer.Find(call, "/answered_at") is { ValueKind: JsonValueKind.Null };

    private static CallNotice Notice(JsonElement call) => new()
    {
        SourceId = JsonPointer.Text(call, "/id") ?? throw SourceProblems.Invalid("The call has no id."),
        RecordingUrl = JsonPointer.Text(call, "/recording"),
        StartedAt = JsonPointer.Moment(JsonPointer.Text(call, "/started_at")),
        Rep = new CallRep { Email = JsonPointer.Text(call, "/user/email"), Phone = JsonPointer.Text(call, "/user/email") is null
            ? JsonPointer.Text(call, "/number/digits")
            : null },
        Customer = new CallCustomer { Phone = JsonPointer.Text(call, "/raw_digits") is { } digits
            && digits != "anonymous" ? digits : null },
    };
}
