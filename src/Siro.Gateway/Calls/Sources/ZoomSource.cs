using System.Text;
using System.Text.Json;
using Siro.Gateway.Common;
using Siro.Gateway.Configuration;

namespace Siro.Gateway.Calls.Sources;

/// <summary>
/// Zoom Phone's <c>phone.recording_completed</c>, signed with HMAC-SHA256 over <c>v0:{timestamp}:{body}</c>; answers
/// <c>endpoint.url_validation</c>.
/// </summary>
internal sealed class ZoomSource : ICallSource
{
    private static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(5);

    public string Type => "zoom";

    public Problem? Verify(SourceRequest request, CallSourceOptions source, DateTimeOffset now)
    {
        var given = request.Headers["x-zm-signature"].ToString();
        var timestamp = request.Headers["x-zm-request-timestamp"].ToString();
        if (given.Length == 0 || timestamp.Length == 0)
        {
            return SourceProblems.MissingHeaders("x-zm-signature and x-zm-request-timestamp");
        }

        return !SourceSignatures.Same("v0=" + Hash(source.Secret!, $"v0:{timestamp}:{request.Text}"), given) ? SourceProblems.BadSignature
            : !SourceSignatures.IsFresh(timestamp, now, Tolerance) ? SourceProblems.StaleTimestamp
            : null;
    }

    /// <summary>Lower-case hex of HMAC-SHA256.</summary>
    internal static string Hash(Secret secret, string content) =>
        Convert.ToHexStringLower(SourceSignatures.Hmac("hmac-sha256", secret, Encoding.UTF8.GetBytes(content)));

    public SourceReading Read(SourceRequest request, CallSourceOptions source)
    {
        var body = JsonPointer.Parse(request.Body);
        switch (JsonPointer.Text(body, "/event"))
        {
            case "endpoint.url_validation" when JsonPointer.Text(body, "/payload/plainToken") is { } token:
                return new SourceReading([], Results.Ok(new { plainToken = token, encryptedToken = Hash(source.Secret!, token) }));
            case "phone.recording_completed"
                when JsonPointer.Find(body, "/payload/object/recordings") is { ValueKind: JsonValueKind.Array } recordings:
                return new SourceReading([.. recordings.EnumerateArray().Select(Notice)]);
            default:
                return SourceReading.Nothing;
        }
    }

    public void Check(CallSourceOptions source, string path, ValidationErrors errors) =>
        errors.Require(source.Secret is { IsEmpty: false }, path + ":Secret", "is missing (Zoom: the app's Secret Token)");

    private static CallNotice Notice(JsonElement recording)
    {
        // An extension (101) is no number; the direct-dial number is what people and Siro know.
        var (rep, customer) = CallNotice.Sides(
            JsonPointer.Text(recording, "/direction"),
            JsonPointer.Text(recording, "/caller_did_number") ?? Long(JsonPointer.Text(recording, "/caller_number")),
            JsonPointer.Text(recording, "/callee_did_number") ?? Long(JsonPointer.Text(recording, "/callee_number")));
        var (_, customerName) = CallNotice.Sides(JsonPointer.Text(recording, "/direction"), JsonPointer.Text(recording, "/caller_name"),
            JsonPointer.Text(recording, "/callee_name"));
        return new CallNotice
        {
            SourceId = JsonPointer.Text(recording, "/id") ?? throw SourceProblems.Invalid("A recording has no id."),
            RecordingUrl = JsonPointer.Text(recording, "/download_url") ?? throw SourceProblems.Invalid("A recording has no download_url."),
            StartedAt = JsonPointer.Moment(JsonPointer.Text(recording, "/date_time")),
            Rep = new CallRep { Email = JsonPointer.Text(recording, "/owner/email"), Phone = rep },
            Customer = new CallCustomer { Name = customerName, Phone = customer },
        };
    }

    private static string? Long(string? number) => number is { Length: >= 7 } ? number : null;
}
