using System.Globalization;
using System.Reflection;
using System.Threading.Channels;

namespace Siro.Gateway.Benchmarks.Hosting;

/// <summary>
/// This program again, in a process of its own, serving one role. It says where it listens, answers questions about
/// itself line by line, and ends when its input ends, so that no run leaves one behind.
/// </summary>
internal sealed class Role : Child
{
    private const string Mark = "@@ ";

    private readonly Channel<string> _answers = Channel.CreateUnbounded<string>();

    private Role(System.Diagnostics.Process process, string name)
        : base(process) => _ = ListenAsync(name);

    /// <summary>What it said of itself when it was ready: its address, or whatever its role has to tell.</summary>
    public string Said { get; private set; } = "";

    public Uri Address => new(Said);

    public static async Task<Role> StartAsync(string name, IReadOnlyDictionary<string, string>? environment = null, params string[] arguments)
    {
        var program = Environment.ProcessPath!;
        string[] self = Path.GetFileNameWithoutExtension(program) == "dotnet" ? [Assembly.GetExecutingAssembly().Location] : [];
        var process = Run(program, [.. self, "serve", name, .. arguments], environment ?? new Dictionary<string, string>(), talk: true);
        var role = new Role(process, name);
        try
        {
            role.Said = await role.AnswerAsync(name);
            return role;
        }
        catch
        {
            await role.DisposeAsync();
            throw;
        }
    }

    /// <summary>Bytes allocated on its managed heap since its start.</summary>
    public async Task<long> AllocatedAsync()
    {
        await Process.StandardInput.WriteLineAsync("allocated");
        return long.Parse(await AnswerAsync("allocated"), CultureInfo.InvariantCulture);
    }

    /// <summary>A role ends when its input does, and takes away what it wrote: the emulator alone keeps gigabytes of recordings.</summary>
    protected override async Task EndAsync()
    {
        Process.StandardInput.Close();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        await Process.WaitForExitAsync(patience.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>The other end: runs in the child.</summary>
    public static async Task ServeAsync(WebApplication app)
    {
        await app.StartAsync();
        await ServeAsync(app.Urls.First());
        await app.StopAsync();
    }

    /// <summary>The other end for what runs already and has <paramref name="said"/> to say.</summary>
    public static async Task ServeAsync(string said)
    {
        await Console.Out.WriteLineAsync(Mark + said);
        while (await Console.In.ReadLineAsync() is not null)
        {
            await Console.Out.WriteLineAsync(Mark + GC.GetTotalAllocatedBytes(precise: true).ToString(CultureInfo.InvariantCulture));
        }
    }

    private async Task<string> AnswerAsync(string asked)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        try
        {
            return await _answers.Reader.ReadAsync(patience.Token);
        }
        catch (Exception e) when (e is ChannelClosedException or OperationCanceledException)
        {
            throw new BenchmarkException($"The process did not answer to '{asked}'; what it logged stands above.");
        }
    }

    /// <summary>Always reads, so that a role which logs a lot never waits; its log goes to this process's error output.</summary>
    private async Task ListenAsync(string name)
    {
        while (await Process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line.StartsWith(Mark, StringComparison.Ordinal))
            {
                _answers.Writer.TryWrite(line[Mark.Length..]);
            }
            else
            {
                await Console.Error.WriteLineAsync($"{name}: {line}");
            }
        }

        _answers.Writer.Complete();
    }
}
