using System.Globalization;
using System.Text;
using System.Text.Json;
using Siro.Gateway.Access.Audit;
using Siro.Gateway.Telemetry.Logs;

namespace Siro.Gateway.Tests.Telemetry;

public sealed class LineWriterTests
{
    private static readonly byte[] LongLine = [.. Enumerable.Repeat((byte)'x', (256 * 1024) - 1), (byte)'\n'];

    [Fact]
    public async Task Lines_of_many_threads_come_out_whole_and_each_thread_s_in_order()
    {
        using var sink = new Sink();
        using (var writer = new LineWriter(sink, Report))
        {
            await Task.WhenAll(Enumerable.Range(0, 8).Select(thread => Task.Run(() =>
            {
                for (var n = 0; n < 5000; n++)
                {
                    writer.Add(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{thread} {n}\n")));
                }
            })));
        }

        var lines = sink.Lines.Select(l => l.Split(' '))
            .ToLookup(p => int.Parse(p[0], CultureInfo.InvariantCulture), p => int.Parse(p[1], CultureInfo.InvariantCulture));
        Assert.All(Enumerable.Range(0, 8), thread => Assert.Equal(Enumerable.Range(0, 5000), lines[thread]));
    }

    [Fact]
    public void A_sink_that_hangs_costs_lines_that_are_counted_and_reported_when_it_goes_on()
    {
        using var sink = new Sink();
        using var writer = new LineWriter(sink, Report);
        sink.Hang();
        writer.Add("first\n"u8);
        sink.UntilItHangs();
        var fitting = LineWriter.Capacity / LongLine.Length;
        for (var n = 0; n < fitting + 3; n++)
        {
            writer.Add(LongLine);
        }

        Assert.Equal(3, writer.Dropped);
        sink.GoOn();
        writer.Flush();
        writer.Add("last\n"u8);
        writer.Dispose();

        Assert.Equal(["first", .. Enumerable.Repeat("x", fitting), "missing 3", "last"], sink.Lines.Select(l => l[0] == 'x' ? "x" : l));
        Assert.Equal(sink.Lines.Count, writer.Lines);
    }

    /// <summary>A file that may not grow beyond a limit is reported as an argument out of range: it once ended the process.</summary>
    [Theory]
    [InlineData("full")]
    [InlineData("forbidden")]
    [InlineData("limited")]
    public void A_sink_that_fails_takes_nothing_else_with_it_and_says_afterwards_what_is_missing(string how)
    {
        using var sink = new Sink
        {
            Failure = how switch
            {
                "full" => new IOException("No space left on device"),
                "forbidden" => new UnauthorizedAccessException("Access to the path is denied."),
                _ => new ArgumentOutOfRangeException(nameof(how), "Specified file length was too large for the file system."),
            },
        };
        using var writer = new LineWriter(sink, Report);
        writer.Add("lost\n"u8);
        writer.Flush();
        Assert.Equal(1, writer.Dropped);

        sink.Failure = null;
        writer.Add("kept\n"u8);
        writer.Flush();
        writer.Dispose();

        Assert.Equal(["kept", "missing 1"], sink.Lines);
    }

    [Fact]
    public void What_was_added_before_the_end_is_written_before_the_end_and_what_comes_later_at_once()
    {
        using var sink = new Sink();
        var writer = new LineWriter(sink, Report);
        writer.Add("before\n"u8);
        writer.Dispose();
        Assert.Equal(["before"], sink.Lines);
        writer.Add("after\n"u8);
        Assert.Equal(["before", "after"], sink.Lines);
    }

    [Theory]
    [InlineData("crm", "acme", "usr_1")]
    [InlineData(null, null, null)]
    [InlineData("quo\"te", "ünïcode", "<&>")]
    public void An_audit_line_says_as_JSON_what_its_list_of_values_and_its_message_say(string? client, string? organization, string? user)
    {
        var audit = new AuditLine(client, organization, user, "external GET /v1/core/users/{id}", 200, 0, 123456789012, 1.2345,
            "4bf92f3577b34da6a3ce929d0e0e4736", true);
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, JsonLine.Options))
        {
            json.WriteStartObject();
            audit.WriteTo(json);
            json.WriteEndObject();
        }

        using var read = JsonDocument.Parse(stream.ToArray());
        Assert.Equal(audit.ToString(), read.RootElement.GetProperty("message").GetString());
        var fields = read.RootElement.GetProperty("fields").EnumerateObject().Select(f => (f.Name, f.Value.ToString()));
        Assert.Equal(audit.Where(v => v.Key != "{OriginalFormat}").Select(
            v => (v.Key, Convert.ToString(v.Value, CultureInfo.InvariantCulture) ?? "")), fields);
    }

    [Fact]
    public void An_audit_line_too_long_for_the_stack_is_written_all_the_same()
    {
        var audit = new AuditLine(new string('c', 3000), null, null, "GET (none)", 404, 0, 0, 0, "", false);
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, JsonLine.Options))
        {
            json.WriteStartObject();
            audit.WriteTo(json);
            json.WriteEndObject();
        }

        using var read = JsonDocument.Parse(stream.ToArray());
        Assert.Equal(audit.ToString(), read.RootElement.GetProperty("message").GetString());
    }

    private static byte[] Report(long missing) =>
        Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"missing {missing}\n"));

    /// <summary>Keeps what is written; can be told to hang or to fail.</summary>
    private sealed class Sink : MemoryStream
    {
        private readonly ManualResetEventSlim _open = new(initialState: true);
        private readonly ManualResetEventSlim _hangs = new();

        public Exception? Failure { get; set; }

        public IReadOnlyList<string> Lines => Encoding.UTF8.GetString(ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries);

        public void Hang() => _open.Reset();

        public void UntilItHangs() => Assert.True(_hangs.Wait(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));

        public void GoOn() => _open.Set();

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            if (!_open.IsSet)
            {
                _hangs.Set();
                _open.Wait();
            }

            if (Failure is not null)
            {
                throw Failure;
            }

            base.Write(buffer);
        }
    }
}
