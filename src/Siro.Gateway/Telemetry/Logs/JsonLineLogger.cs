using System.Buffers;
using System.Diagnostics.Metrics;
using System.Text.Json;

namespace Siro.Gateway.Telemetry.Logs;

/// <summary>
/// The log as JSON lines on the standard output. <c>Logging:Console:*</c> filters it, as it filters the framework's console logger,
/// whose place it takes unless <c>Logging:Console:FormatterName</c> names a formatter of that one.
/// </summary>
[ProviderAlias("Console")]
internal sealed class JsonLineLoggerProvider : ILoggerProvider
{
    /// <summary>The name by which it can be chosen, and is by default.</summary>
    public const string FormatterName = "siro-json";

    private readonly TimeProvider _time;
    private readonly LineWriter _lines;

    public JsonLineLoggerProvider(TimeProvider time, IMeterFactory meters)
        : this(time, meters, Console.OpenStandardOutput())
    {
        // What was logged last before the process ends without its host's end is what explains it.
        AppDomain.CurrentDomain.ProcessExit += (_, _) => _lines.Flush();
        AppDomain.CurrentDomain.UnhandledException += (_, _) => _lines.Flush();
    }

    internal JsonLineLoggerProvider(TimeProvider time, IMeterFactory meters, Stream sink)
    {
        _time = time;
        _lines = new LineWriter(sink, LossReport);
        var meter = meters.Create("Siro.Gateway");
        meter.CreateObservableCounter("siro.gateway.log.lines", () => _lines.Lines, "{line}", "Log lines that standard output took.");
        meter.CreateObservableCounter("siro.gateway.log.dropped", () => _lines.Dropped, "{line}",
            "Log lines that were dropped because standard output did not take them in time.");
    }

    public ILogger CreateLogger(string categoryName) => new JsonLineLogger(categoryName, _lines, _time);

    public void Dispose() => _lines.Dispose();

    private byte[] LossReport(long missing)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, JsonLine.Options))
        {
            KeyValuePair<string, object?>[] state = [new("Dropped", missing), new("{OriginalFormat}", "")];
            JsonLine.Write(
                json, _time.GetUtcNow(), LogLevel.Warning, JsonEncodedText.Encode(typeof(LineWriter).FullName!), 2503, state, null,
                (_, _) =>
                    $"{missing} log lines are missing here: standard output did not take them in time. Find out why its reader is "
                        + "slow, or raise Logging:LogLevel.");
        }

        return [.. buffer.WrittenSpan, (byte)'\n'];
    }
}

/// <summary>The logger of one category.</summary>
internal sealed class JsonLineLogger(string category, LineWriter lines, TimeProvider time) : ILogger
{
    private const int MostKept = 64 * 1024;

    [ThreadStatic]
    private static Scratch? _scratch;

    private readonly JsonEncodedText _category = JsonEncodedText.Encode(category, JsonLine.Options.Encoder);

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel is not LogLevel.None;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel))
        {
            return;
        }

        // Taken out while it is in use: a value's own ToString may log.
        var scratch = _scratch ?? new Scratch();
        _scratch = null;
        JsonLine.Write(scratch.Json, time.GetUtcNow(), logLevel, _category, eventId.Id, state, exception, formatter);
        scratch.Json.Flush();
        scratch.Buffer.GetSpan(1)[0] = (byte)'\n';
        scratch.Buffer.Advance(1);
        lines.Add(scratch.Buffer.WrittenSpan, urgent: logLevel >= LogLevel.Error);
        if (scratch.Buffer.Capacity <= MostKept)
        {
            scratch.Buffer.ResetWrittenCount();
            scratch.Json.Reset();
            _scratch = scratch;
        }
    }

    private sealed class Scratch
    {
        public Scratch() => Json = new Utf8JsonWriter(Buffer, JsonLine.Options);

        public ArrayBufferWriter<byte> Buffer { get; } = new(1024);

        public Utf8JsonWriter Json { get; }
    }
}
