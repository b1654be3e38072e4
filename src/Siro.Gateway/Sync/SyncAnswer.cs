using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Siro.Gateway.Sync;

/// <summary>
/// Writes results as they come: one line each (NDJSON), or the elements of <c>{"data":[...]}</c>. The status line goes out with the first
/// window, so that what fails before it can still be a problem.
/// </summary>
internal sealed class SyncAnswer(HttpContext context)
{
    private static readonly JsonSerializerOptions Json = new(
        JsonSerializerDefaults.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.Never };
    private readonly bool _lines = context.Request.GetTypedHeaders().Accept
        ?.Any(a => a.MediaType.Equals("application/x-ndjson", StringComparison.OrdinalIgnoreCase)) == true;
    private int _written;
    private bool _started;

    public async Task WriteAsync(IEnumerable<SyncResult> results, CancellationToken cancellationToken)
    {
        var body = context.Response.BodyWriter;
        Start();
        foreach (var result in results)
        {
            if (!_lines && _written > 0)
            {
                body.Write(","u8);
            }

            body.Write(JsonSerializer.SerializeToUtf8Bytes(result, Json));
            if (_lines)
            {
                body.Write("\n"u8);
            }

            _written++;
        }

        await body.FlushAsync(cancellationToken);
    }

    public async Task EndAsync(CancellationToken cancellationToken)
    {
        Start();
        if (!_lines)
        {
            context.Response.BodyWriter.Write("]}"u8);
        }

        await context.Response.BodyWriter.FlushAsync(cancellationToken);
    }

    private void Start()
    {
        if (_started)
        {
            return;
        }

        _started = true;
        context.Response.ContentType = _lines ? "application/x-ndjson" : "application/json; charset=utf-8";
        if (!_lines)
        {
            context.Response.BodyWriter.Write("""{"data":["""u8);
        }
    }
}
