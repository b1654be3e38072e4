using System.Globalization;
using System.Reflection;

namespace Siro.Gateway.Benchmarks.Hosting;

/// <summary>
/// This program again, in a process of its own, serving one role. It says where it listens, answers questions about
/// itself line by line, and ends when its input ends, so that no run leaves one behind.
/// </summary>
internal sealed class Role : Child
{
    private const string Mark = "@@ ";

    private Role(System.Diagnostics.Process process, string said)
        : base(process) => Said = said;

    /// <summary>What it said of itself when it was ready: its address, or whatever its role has to tell.</summary>
    public string Said { get; }

    public Uri Address => new(Said);

    public static async Task<Role> StartAsync(string name, IReadOnlyDictionary<string, string>? environment = null, params string[] arguments)
    {
        var program = Environment.ProcessPath!;
        string[] self = Path.GetFileNameWithoutExtension(program) == "dotnet" ? [Assembly.GetExecutingAssembly().Location] : [];
        var process = Run(program, [.. self, "serve", name, .. arguments], environment ?? new Dictionary<string, string>(), talk: true);
        return new Role(process, await AnswerAsync(process, name));
    }

    /// <summary>Bytes allocated on its managed heap since its start.</summary>
    public async Task<long> AllocatedAsync()
    {
        await Process.StandardInput.WriteLineAsync("allocated");
        return long.Parse(await AnswerAsync(Process, "allocated"), CultureInfo.InvariantCulture);
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

    private static async Task<string> AnswerAsync(System.Diagnostics.Process process, string asked)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var said = new List<string>();
        while (await process.StandardOutput.ReadLineAsync(patience.Token) is { } line)
        {
            if (line.StartsWith(Mark, StringComparison.Ordinal))
            {
                return line[Mark.Length..];
            }

            said.Add(line);
        }

        throw new BenchmarkException($"The process for '{asked}' ended:\n{string.Join('\n', said.Take(10))}");
    }
}
