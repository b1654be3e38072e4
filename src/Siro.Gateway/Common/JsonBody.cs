using System.Text.Json;

namespace Siro.Gateway.Common;

/// <summary>
/// The one place that reads a small JSON body of a caller: what is no JSON is 400 <c>invalid_json</c>, what is JSON of another shape than
/// the operation wants is for the operation to say. Names that stand twice and texts that are no Unicode count as no JSON: two readers
/// would read two things (RFC 8259, 4 and 8).
/// </summary>
internal static class JsonBody
{
    /// <summary>Enough for a subscription, a replay, an acknowledgement.</summary>
    public const int Small = 64 * 1024;

    /// <summary>The body as an object. Throws 400 <c>invalid_json</c>, 413 <c>body_too_large</c>.</summary>
    /// <param name="mayBeAbsent">An empty body is an empty object.</param>
    public static async Task<JsonElement> ReadObjectAsync(
        HttpRequest request, int maxBytes, CancellationToken cancellationToken, bool mayBeAbsent = false, int maxDepth = 16) =>
        await ReadAsync(request, maxBytes, cancellationToken, mayBeAbsent, maxDepth) is { ValueKind: JsonValueKind.Object } root
            ? root
            : throw new ProblemException(Invalid("The body must be a JSON object."));

    /// <summary>The body, of whatever kind. Throws 400 <c>invalid_json</c>, 413 <c>body_too_large</c>.</summary>
    public static async Task<JsonElement> ReadAsync(
        HttpRequest request, int maxBytes, CancellationToken cancellationToken, bool mayBeAbsent = false, int maxDepth = 16)
    {
        using var body = new MemoryStream();
        var buffer = new byte[8 * 1024];
        int read;
        while ((read = await request.Body.ReadAsync(buffer, cancellationToken)) > 0)
        {
            body.Write(buffer, 0, read);
            if (body.Length > maxBytes)
            {
                throw new ProblemException(new Problem(413, "body_too_large", $"The body is at most {maxBytes} bytes."));
            }
        }

        var bytes = body.GetBuffer().AsMemory(0, (int)body.Length);
        return bytes.IsEmpty && mayBeAbsent ? Parse("{}"u8.ToArray(), maxDepth) : Parse(bytes, maxDepth);
    }

    /// <summary>The text's JSON. Throws 400 <c>invalid_json</c>.</summary>
    public static JsonElement Parse(ReadOnlyMemory<byte> json, int maxDepth = 16)
    {
        json = json.Span.StartsWith("\uFEFF"u8) ? json[3..] : json;
        if (!JsonText.IsReadable(json.Span))
        {
            throw new ProblemException(
                Invalid("The body is not JSON: a string in it is not valid Unicode. Send UTF-8, and surrogates in pairs."));
        }

        try
        {
            using var document = JsonDocument.Parse(
                json, new JsonDocumentOptions { MaxDepth = maxDepth, AllowDuplicateProperties = false });
            return document.RootElement.Clone();
        }
        catch (JsonException e)
        {
            var where = e.LineNumber is { } line ? $" at line {line + 1}, byte {e.BytePositionInLine + 1}" : "";
            throw new ProblemException(Invalid(
                $"The body is not JSON{where}: it is malformed or cut off, nests deeper than {maxDepth}, or names a member twice."), e);
        }
    }

    private static Problem Invalid(string detail) => new(400, "invalid_json", detail);
}
