using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text.Json;
using Siro.Gateway.Common;

namespace Siro.Gateway.Sync;

/// <summary>
/// Reads one object, a JSON array or NDJSON. An array is read whole before its first item is sent, so that a body that is no JSON changes
/// nothing; NDJSON is read line by line, and a line that is no JSON is that item's own error, unless it is the first.
/// </summary>
internal static class SyncReader
{
    private static readonly JsonDocumentOptions Depth = new() { MaxDepth = 32 };
    private static readonly JsonSerializerOptions DepthOptions = new() { MaxDepth = 32 };

    public static IAsyncEnumerable<SyncItem> ReadAsync(HttpRequest request, SyncOptions options, CancellationToken cancellationToken) =>
        request.ContentType is { } type
            && (type.StartsWith("application/x-ndjson", StringComparison.OrdinalIgnoreCase)
            || type.StartsWith("application/jsonl", StringComparison.OrdinalIgnoreCase))
            ? ReadLinesAsync(request.BodyReader, options, cancellationToken)
            : ReadDocumentAsync(request.Body, options, cancellationToken);

    private static async IAsyncEnumerable<SyncItem> ReadDocumentAsync(
        Stream body, SyncOptions options, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        JsonElement root;
        try
        {
            // An element of its own, not of a pooled document: items outlive this enumeration until their batch is sent.
            root = await JsonSerializer.DeserializeAsync<JsonElement>(body, DepthOptions, cancellationToken);
        }
        catch (JsonException e)
        {
            throw new ProblemException(NoJson(e.LineNumber, e.BytePositionInLine), e);
        }

        switch (root.ValueKind)
        {
            case JsonValueKind.Object:
                yield return Item(root, options);
                break;
            case JsonValueKind.Array when root.GetArrayLength() > options.MaxItems:
                throw new ProblemException(TooMany(options));
            case JsonValueKind.Array:
                foreach (var element in root.EnumerateArray())
                {
                    yield return Item(element, options);
                }

                break;
            default:
                throw new ProblemException(new Problem(400, "invalid_json",
                    "The body must be one object, an array of objects, or NDJSON (Content-Type: application/x-ndjson)."));
        }
    }

    private static async IAsyncEnumerable<SyncItem> ReadLinesAsync(
        PipeReader reader, SyncOptions options, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var lines = 0L;
        var items = 0;
        while (true)
        {
            var read = await reader.ReadAsync(cancellationToken);
            var buffer = read.Buffer;
            while (TryReadLine(ref buffer, read.IsCompleted, out var line))
            {
                lines++;
                if (IsBlank(line))
                {
                    continue;
                }

                if (++items > options.MaxItems)
                {
                    throw new ProblemException(TooMany(options));
                }

                yield return ParseLine(line, lines, items == 1, options);
            }

            if (buffer.Length > options.MaxItemBytes)
            {
                throw new ProblemException(
                    new Problem(413, "item_too_large", $"Line {lines + 1} is longer than {options.MaxItemBytes} bytes."));
            }

            reader.AdvanceTo(buffer.Start, buffer.End);
            if (read.IsCompleted)
            {
                yield break;
            }
        }
    }

    private static SyncItem ParseLine(ReadOnlySequence<byte> line, long number, bool first, SyncOptions options)
    {
        if (number == 1 && new SequenceReader<byte>(line).IsNext("\uFEFF"u8))
        {
            // A byte order mark, as editors and shells write it before a file's first line; a whole document may have one, too.
            line = line.Slice("\uFEFF"u8.Length);
        }

        try
        {
            using var document = JsonDocument.Parse(line, Depth);
            return Item(document.RootElement.Clone(), options);
        }
        catch (JsonException e)
        {
            return first
                ? throw new ProblemException(NoJson(number - 1, e.BytePositionInLine), e)
                : new SyncItem(null, new SyncIssue("invalid_json", [], $"Line {number} is no JSON"));
        }
    }

    private static SyncItem Item(JsonElement json, SyncOptions options)
    {
        var bytes = JsonMarshal.GetRawUtf8Value(json);
        return !JsonText.IsReadable(bytes)
            ? new SyncItem(null, new SyncIssue("invalid_string", [], "The item has a text that is no valid Unicode"))
            : bytes.Length > options.MaxItemBytes
                ? new SyncItem(json, new SyncIssue("too_big", [], $"The item has more than {options.MaxItemBytes} bytes"))
            : new SyncItem(json, null);
    }

    private static bool TryReadLine(ref ReadOnlySequence<byte> buffer, bool last, out ReadOnlySequence<byte> line)
    {
        if (buffer.PositionOf((byte)'\n') is { } end)
        {
            line = buffer.Slice(0, end);
            buffer = buffer.Slice(buffer.GetPosition(1, end));
            return true;
        }

        line = last ? buffer : default;
        var any = last && !buffer.IsEmpty;
        buffer = last ? buffer.Slice(buffer.End) : buffer;
        return any;
    }

    private static bool IsBlank(ReadOnlySequence<byte> line)
    {
        foreach (var segment in line)
        {
            if (segment.Span.ContainsAnyExcept(" \t\r"u8))
            {
                return false;
            }
        }

        return true;
    }

    private static Problem NoJson(long? line, long? column) =>
        new(400, "invalid_json",
            $"The body is not JSON: line {line + 1}, byte {column + 1}. Send one object, an array, or NDJSON (Content-Type: "
            + "application/x-ndjson).");

    private static Problem TooMany(SyncOptions options) =>
        new(413, "too_many_items", $"One request takes at most {options.MaxItems} items.");
}
