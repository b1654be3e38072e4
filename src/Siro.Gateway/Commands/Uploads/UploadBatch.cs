using System.CommandLine;
using System.Text.Json;
using Siro.Gateway.Commands.Gateway;
using Siro.Gateway.Common;
using Spectre.Console;

namespace Siro.Gateway.Commands.Uploads;

/// <summary>Several uploads, a few at a time. One that fails stops no other; the worst failure is the exit code.</summary>
internal sealed class UploadBatch(IReadOnlyList<UploadCall> calls, int parallel)
{
    private readonly Dictionary<UploadCall, string> _labels =
        calls.ToDictionary(c => c, c => UploadFiles.Label(c.File, calls.Select(other => other.File)));

    private readonly Lock _printing = new();
    private int _failed;
    private int _exitCode;

    /// <summary>With a progress bar for each file.</summary>
    public async Task<int> ShowAsync(IAnsiConsole screen, InvocationConfiguration invocation, CancellationToken cancellationToken)
    {
        var lines = new List<(bool Failed, string Text)>();
        await screen.Progress().Columns(
            new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new TransferSpeedColumn(), new SpinnerColumn())
            .StartAsync(async progress =>
            {
                var bars = calls.ToDictionary(
                    c => c, c => progress.AddTask(Markup.Escape(_labels[c]), autoStart: false, maxValue: Math.Max(1, c.File.Length)));
                await RunAsync(
                    (call, sent) =>
                    {
                        var bar = bars[call];
                        bar.StartTask();
                        bar.Value = sent;
                        bar.Description = Markup.Escape(_labels[call]) + (sent >= call.File.Length ? " (Siro is taking it)" : "");
                    },
                    (call, answer) =>
                    {
                        bars[call].Description = Markup.Escape(_labels[call]);
                        lines.Add((false, Created(call, answer)));
                        bars[call].StopTask();
                    },
                    (call, failure) =>
                    {
                        bars[call].Description = $"[red]{Markup.Escape(_labels[call])} failed[/]";
                        lines.Add((true, Failed(call, failure)));
                        bars[call].StopTask();
                    },
                    cancellationToken);
            });
        foreach (var (failed, text) in lines)
        {
            await (failed ? invocation.Error : invocation.Output).WriteLineAsync(text);
        }

        return await EndAsync(invocation);
    }

    /// <summary>A line for each file, for files and pipes.</summary>
    public async Task<int> PlainAsync(InvocationConfiguration invocation, CancellationToken cancellationToken)
    {
        await RunAsync(
            (_, _) => { },
            (call, answer) => invocation.Output.WriteLine(Created(call, answer)),
            (call, failure) => invocation.Error.WriteLine(Failed(call, failure)),
            cancellationToken);
        return await EndAsync(invocation);
    }

    /// <summary>The gateway's answer for one file; one object a line with the file's name for several.</summary>
    public async Task<int> JsonAsync(InvocationConfiguration invocation, CancellationToken cancellationToken)
    {
        await RunAsync(
            (_, _) => { },
            (call, answer) =>
                invocation.Output.WriteLine(calls.Count == 1 ? answer.GetRawText() : JsonSerializer.Serialize(
                    new { file = call.File.FullName, upload = answer }, JsonSerializerOptions.Web)),
            (call, failure) =>
            {
                if (calls.Count == 1)
                {
                    invocation.Error.WriteLine(failure.Message);
                }
                else
                {
                    invocation.Output.WriteLine(JsonSerializer.Serialize(new { file = call.File.FullName, error = failure.Message,
                        exitCode = failure.ExitCode }, JsonSerializerOptions.Web));
                }
            },
            cancellationToken);
        return _exitCode;
    }

    private Task RunAsync(Action<UploadCall, long> progress, Action<UploadCall, JsonElement> created,
        Action<UploadCall, CommandFailure> failed, CancellationToken cancellationToken) =>
        Parallel.ForEachAsync(
            calls, new ParallelOptions { MaxDegreeOfParallelism = parallel, CancellationToken = cancellationToken }, async (call, token) =>
        {
            try
            {
                var answer = await call.RunAsync(sent => progress(call, sent), token);
                lock (_printing)
                {
                    created(call, answer);
                }
            }
            catch (CommandFailure e)
            {
                lock (_printing)
                {
                    _failed++;
                    _exitCode = Math.Max(_exitCode, e.ExitCode);
                    failed(call, e);
                }
            }
        });

    private async Task<int> EndAsync(InvocationConfiguration invocation)
    {
        if (calls.Count > 1)
        {
            await invocation.Output.WriteLineAsync($"{calls.Count - _failed} of {calls.Count} files uploaded.");
        }

        return _exitCode;
    }

    private string Created(UploadCall call, JsonElement answer)
    {
        var name = calls.Count == 1 ? "" : _labels[call] + ": ";
        var text = answer.Text("recordingId") is { } recording
            ? $"{name}Recording {recording} was created (upload {answer.Text("id")})."
            : $"{name}The bytes are at Siro's storage (upload {answer.Text("id")}); the gateway creates the recording.";
        return string.Join('\n', answer.Items("warnings").Select(w => $"{name}Note: {w.Text("message")}").Prepend(text));
    }

    private string Failed(UploadCall call, CommandFailure failure) =>
        calls.Count == 1 ? failure.Message : $"{_labels[call]}: {failure.Message}";
}
