using System.Net;
using Siro.Gateway.Common;

namespace Siro.Gateway.SiroApi;

/// <summary>
/// The page by which the CDN in front of siro.ai refuses a User-Agent: 403, HTML or text, "error code: 1010" (reported by public clients).
/// Any other 403 says something about one request alone: another rule of the CDN's, or Siro itself.
/// </summary>
internal static class CdnRefusal
{
    private const int MostExamined = 8 * 1024;

    /// <summary>True for an answer in which <see cref="ExamineAsync"/> found the code.</summary>
    public static bool Is(HttpResponseMessage response) => response.Content is Page { IsRefusal: true };

    /// <summary>
    /// Looks for the code in a 403 that is a page and not Siro's JSON; whoever reads the answer afterwards has all of it. Throws
    /// <see cref="HttpRequestException"/> where it breaks off.
    /// </summary>
    public static Task ExamineAsync(HttpResponseMessage response, CancellationToken cancellationToken) =>
        response.StatusCode == HttpStatusCode.Forbidden && response.Content.Headers.ContentType?.MediaType is "text/html" or "text/plain"
            ? ReadAsync(response, cancellationToken)
            : Task.CompletedTask;

    private static async Task ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var content = response.Content;
        try
        {
            var body = await content.ReadAsStreamAsync(cancellationToken);
            var start = new byte[MostExamined];
            var length = await body.ReadAtLeastAsync(start, MostExamined, throwOnEndOfStream: false, cancellationToken);
            var read = start.AsMemory(0, length);
            var isRefusal = (await DecodedAsync(content, read, cancellationToken)).Span.IndexOf("1010"u8) >= 0;
            response.Content = new Page(content, new PrefixedStream(read, body), isRefusal);
        }
        catch (IOException e)
        {
            throw new HttpRequestException(HttpRequestError.ResponseEnded, "Siro's answer broke off.", e);
        }
    }

    /// <summary>As far as it can be read: a caller's Accept-Encoding goes to Siro as it is.</summary>
    private static async Task<ReadOnlyMemory<byte>> DecodedAsync(
        HttpContent content, ReadOnlyMemory<byte> start, CancellationToken cancellationToken)
    {
        if (!DecodedContent.IsEncoded(content))
        {
            return start;
        }

        using var encoded = new ReadOnlyMemoryContent(start);
        var text = new byte[MostExamined];
        var length = 0;
        try
        {
            foreach (var encoding in content.Headers.ContentEncoding)
            {
                encoded.Headers.ContentEncoding.Add(encoding);
            }

            await using var decoded = await DecodedContent.OpenAsync(encoded, cancellationToken);
            while (length < text.Length && await decoded.ReadAsync(text.AsMemory(length), cancellationToken) is > 0 and var more)
            {
                length += more;
            }
        }
        catch (Exception e) when (e is InvalidDataException or UnsupportedEncodingException)
        {
            // Only the beginning is here, or nobody here reads it: what came out of it so far decides.
        }

        return text.AsMemory(0, length);
    }

    /// <summary>The answer's body, whose beginning was read.</summary>
    private sealed class Page : HttpContent
    {
        private readonly HttpContent _content;
        private readonly Stream _body;

        public Page(HttpContent content, Stream body, bool isRefusal)
        {
            (_content, _body, IsRefusal) = (content, body, isRefusal);
            foreach (var header in content.Headers.NonValidated)
            {
                Headers.TryAddWithoutValidation(header.Key, header.Value);
            }
        }

        public bool IsRefusal { get; }

        protected override Task<Stream> CreateContentReadStreamAsync() => Task.FromResult(_body);

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => _body.CopyToAsync(stream);

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                _body.Dispose();
                _content.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
