using System.Text;
using System.Text.Json;
using Siro.Gateway.Common;
using Siro.Gateway.Configuration;

namespace Siro.Gateway.Calls.Sources;

/// <summary>Any provider's JSON or form, by JSON pointers and a signature described in the settings.</summary>
internal sealed class MappingSource : ICallSource, ICallList
{
    private static readonly string[] Algorithms = ["hmac-sha1", "hmac-sha256", "hmac-sha512", "token"];
    private static readonly string[] Encodings = ["hex", "base64", "base64url"];

    public string Type => "mapping";

    public ICallList? List => this;

    public bool IsNotified(CallSourceOptions source) => source.Signature is not null;

    IEnumerable<CallNotice> ICallList.Read(JsonElement page, CallSourceOptions source) => Notices(page, source.Mapping!, listed: true);

    public Problem? Verify(SourceRequest request, CallSourceOptions source, DateTimeOffset now)
    {
        var signature = source.Signature!;
        var given = request.Headers[signature.Header].ToString();
        var timestamp = signature.TimestampHeader is { } name ? request.Headers[name].ToString() : "";
        if (given.Length == 0 || (signature.TimestampHeader is not null && timestamp.Length == 0))
        {
            return SourceProblems.MissingHeaders(
                string.Join(" and ", new[] { signature.Header, signature.TimestampHeader }.OfType<string>()));
        }

        if (!given.StartsWith(signature.Prefix, StringComparison.Ordinal)
            || !Fits(request, source, signature, timestamp, given[signature.Prefix.Length..]))
        {
            return SourceProblems.BadSignature;
        }

        return signature.TimestampHeader is null || SourceSignatures.IsFresh(timestamp, now, signature.Tolerance)
            ? null
            : SourceProblems.StaleTimestamp;
    }

    public SourceReading Read(SourceRequest request, CallSourceOptions source)
    {
        var body = request.Form.Count > 0
            ? JsonSerializer.SerializeToElement(request.Form.GroupBy(f => f.Key, StringComparer.Ordinal).ToDictionary(g => g.Key,
                g => g.First().Value, StringComparer.Ordinal))
            : JsonPointer.Parse(request.Body);
        var notices = Notices(body, source.Mapping!);
        return new SourceReading([.. request.Form.Count > 0 ? notices.Select(n => n.FromForm()) : notices]);
    }

    public void Check(CallSourceOptions source, string path, ValidationErrors errors)
    {
        if (source.Mapping is not { } mapping)
        {
            errors.Add(path + ":Mapping", "is missing: it says where a notification has its fields");
            return;
        }

        errors.Require(mapping.SourceId is not null, path + ":Mapping:SourceId", "is missing");
        errors.Require(mapping.RecordingUrl is not null, path + ":Mapping:RecordingUrl", "is missing");
        errors.Require(mapping.StartedAt is not null, path + ":Mapping:StartedAt", "is missing");
        foreach (var property in typeof(CallMappingOptions).GetProperties().Where(p => p.PropertyType == typeof(string)))
        {
            errors.Require(property.GetValue(mapping) is not string pointer || JsonPointer.IsValid(pointer.TrimStart('#')),
                $"{path}:Mapping:{property.Name}", "must be a JSON pointer, which begins with a slash");
        }

        if (source.Signature is not { } signature)
        {
            errors.Require(source.Poll is not null, path + ":Signature", "is missing. Without it, anybody could send calls");
            return;
        }

        errors.Require(signature.Header.Length > 0, path + ":Signature:Header", "is missing");
        errors.Require(Algorithms.Contains(signature.Algorithm, StringComparer.Ordinal), path + ":Signature:Algorithm", "must be one of "
            + string.Join(", ", Algorithms));
        errors.Require(Encodings.Contains(signature.Encoding, StringComparer.Ordinal), path + ":Signature:Encoding", "must be one of "
            + string.Join(", ", Encodings));
        errors.Require(signature.Algorithm == "token" || signature.SignedString.Contains("{body}", StringComparison.Ordinal), path
            + ":Signature:SignedString", "must contain {body}. Otherwise the body could be anything");
        errors.Require(source.Secret is { IsEmpty: false }, path + ":Secret", "is missing");
    }

    /// <summary>The calls in a body.</summary>
    /// <param name="listed">The body is a list of all calls: those that lack a recording (yet) are passed over, where a notification would
    /// be refused.</param>
    public static IEnumerable<CallNotice> Notices(JsonElement body, CallMappingOptions mapping, bool listed = false)
    {
        IEnumerable<JsonElement> items = mapping.Items is null ? [body]
            : JsonPointer.Find(body, mapping.Items) is { ValueKind: JsonValueKind.Array } list ? list.EnumerateArray()
            : [];
        foreach (var item in items)
        {
            string? Text(string? pointer) =>
                pointer is ['#', .. var fromRoot] ? JsonPointer.Text(body, fromRoot) : JsonPointer.Text(item, pointer);
            DateTimeOffset? Moment() => Text(mapping.StartedAt) is { } text ? JsonPointer.Moment(PlusSign.InMoment(text)) : null;
            if (mapping.When.Any(w => !string.Equals(Text(w.Key), w.Value, StringComparison.OrdinalIgnoreCase)))
            {
                continue;
            }

            if (listed && (Text(mapping.SourceId) is null || Text(mapping.RecordingUrl) is null || Moment() is null))
            {
                continue;
            }

            var (rep, customer) = CallNotice.Sides(Text(mapping.Direction), Text(mapping.From), Text(mapping.To));
            yield return new CallNotice
            {
                SourceId = Text(mapping.SourceId) ?? throw SourceProblems.Invalid($"There is nothing at {mapping.SourceId} (SourceId)."),
                RecordingUrl = Text(mapping.RecordingUrl)
                    ?? throw SourceProblems.Invalid($"There is nothing at {mapping.RecordingUrl} (RecordingUrl)."),
                StartedAt = Moment() ?? throw SourceProblems.Invalid($"There is no moment at {mapping.StartedAt} (StartedAt)."),
                Rep = new CallRep { UserId = Text(mapping.RepUserId), Email = Text(mapping.RepEmail), Phone = Text(mapping.RepPhone) ?? rep,
                    ExternalId = Text(mapping.RepExternalId) },
                Customer = new CallCustomer { Name = Text(mapping.CustomerName), Phone = Text(mapping.CustomerPhone) ?? customer },
                Title = Text(mapping.Title),
            };
        }
    }

    private static bool Fits(
        SourceRequest request, CallSourceOptions source, CallSignatureOptions signature, string timestamp, string given)
    {
        if (signature.Algorithm == "token")
        {
            return SourceSignatures.Same(source.Secret!, given);
        }

        var fits = false;
        foreach (var url in request.Urls)
        {
            var content = new MemoryStream();
            foreach (var piece in signature.SignedString.Split("{body}") is var pieces ? pieces.Index() : [])
            {
                if (piece.Index > 0)
                {
                    content.Write(request.Body.Span);
                }

                content.Write(Encoding.UTF8.GetBytes(piece.Item.Replace("{timestamp}", timestamp, StringComparison.Ordinal).Replace("{url}",
                    url, StringComparison.Ordinal)));
            }

            var hash = SourceSignatures.Encode(signature.Encoding,
                SourceSignatures.Hmac(signature.Algorithm, source.Secret!, content.GetBuffer().AsSpan(0, (int)content.Length)));
            fits |= SourceSignatures.Same(hash, signature.Encoding == "hex" ? given.ToLowerInvariant() : given);
        }

        return fits;
    }
}
