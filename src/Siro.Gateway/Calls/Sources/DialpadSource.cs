using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using Siro.Gateway.Common;
using Siro.Gateway.Configuration;

namespace Siro.Gateway.Calls.Sources;

/// <summary>
/// Dialpad's call event in state <c>recording</c>: the body is a JWT (HS256) made with the webhook's secret. Plain JSON, which Dialpad
/// sends without a secret, is refused: anybody could send it.
/// </summary>
internal sealed class DialpadSource : ICallSource
{
    public string Type => "dialpad";

    public Problem? Verify(SourceRequest request, CallSourceOptions source, DateTimeOffset now)
    {
        if (request.Text.Trim().Split('.') is not [var header, var payload, var signature])
        {
            return SourceProblems.MissingHeaders("signature: with a secret, Dialpad's body is a JWT");
        }

        // The algorithm is ours to choose, never the token's.
        var expected = Base64Url.EncodeToString(
            SourceSignatures.Hmac("hmac-sha256", source.Secret!, Encoding.ASCII.GetBytes($"{header}.{payload}")));
        return SourceSignatures.Same(expected, signature) && Base64Url.IsValid(header)
            && JsonPointer.Text(JsonPointer.Parse(Base64Url.DecodeFromChars(header)), "/alg") == "HS256"
            ? null
            : SourceProblems.BadSignature;
    }

    public SourceReading Read(SourceRequest request, CallSourceOptions source)
    {
        var part = request.Text.Trim().Split('.')[1];
        var call =
            JsonPointer.Parse(Base64Url.IsValid(part) ? Base64Url.DecodeFromChars(part) : throw SourceProblems.Invalid(
            "The token's payload is not base64url."));
        if (JsonPointer.Text(call, "/state") != "recording"
            || JsonPointer.Find(call, "/recording_details") is not { ValueKind: JsonValueKind.Array } recordings)
        {
            return SourceReading.Nothing;
        }

        return new SourceReading([.. recordings.EnumerateArray().Select(recording => new CallNotice
        {
            SourceId = JsonPointer.Text(recording, "/id") ?? JsonPointer.Text(call, "/call_id")
                ?? throw SourceProblems.Invalid("The recording has no id."),
            RecordingUrl = JsonPointer.Text(recording, "/url") ?? throw SourceProblems.Invalid("The recording has no url."),
            StartedAt = JsonPointer.Moment(JsonPointer.Text(call, "/date_started")),
            Rep = new CallRep { Email = JsonPointer.Text(call, "/target/email"),
                Phone = JsonPointer.Text(call, "/target/phone") ?? JsonPointer.Text(call, "/internal_number") },
            Customer = new CallCustomer { Name = JsonPointer.Text(call, "/contact/name"),
                Phone = JsonPointer.Text(call, "/external_number") ?? JsonPointer.Text(call, "/contact/phone") },
        })]);
    }

    public void Check(CallSourceOptions source, string path, ValidationErrors errors) =>
        errors.Require(source.Secret is { IsEmpty: false }, path + ":Secret",
            "is missing (Dialpad: the webhook's secret; without one anybody could send calls)");
}
