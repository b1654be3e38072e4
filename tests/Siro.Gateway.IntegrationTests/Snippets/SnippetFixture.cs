using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Snippets;

/// <summary>A gateway, and the pages' programs ready to be started.</summary>
public sealed class SnippetFixture : GatewayFixture
{
    // Those that the SDK for web applications brings by itself.
    private const string ImplicitUsings = """
        global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq; global using System.Net.Http;
        global using System.Net.Http.Json; global using System.Threading; global using System.Threading.Tasks; global using Microsoft.AspNetCore.Builder;
        global using Microsoft.AspNetCore.Hosting; global using Microsoft.AspNetCore.Http; global using Microsoft.AspNetCore.Routing;
        global using Microsoft.Extensions.Configuration; global using Microsoft.Extensions.DependencyInjection; global using Microsoft.Extensions.Hosting;
        global using Microsoft.Extensions.Logging;
        """;

    private readonly TemporaryDirectory _folder = new();
    private Task<string>? _typeScript;

    internal string Folder => _folder.Path;

    internal Subscribers Subscribers { get; private set; } = null!;

    /// <summary>What starts this program: a file and its arguments. Skips the test where a tool is missing.</summary>
    internal async Task<(string File, string[] Arguments)> ProgramAsync(Snippet snippet, Func<string, string>? change = null)
    {
        var text = change?.Invoke(snippet.Text) ?? snippet.Text;
        switch (snippet.Language)
        {
            case "python":
                var python = Tool.Require("python3", "python3");
                var script = Path.Combine(_folder.Path, Name(snippet, ".py"));
                await File.WriteAllTextAsync(script, text);
                return (python, [script]);
            case "csharp":
                var dotnet = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
                var dll = await CSharpAsync(dotnet, Name(snippet, ""), text);
                return (dotnet,
                    ["exec", "--runtimeconfig", Path.ChangeExtension(typeof(SnippetFixture).Assembly.Location, ".runtimeconfig.json"),
                    dll]);
            default:
                var modules = Tool.RequireNodeModules();
                var node = Tool.Require("node", "nodejs");
                var compiled = Path.Combine(await (_typeScript ??= TypeScriptAsync(node, modules)), Name(snippet, ".mjs"));
                if (change is not null)
                {
                    var other = Path.ChangeExtension(compiled, ".other.mjs");
                    await File.WriteAllTextAsync(other, change(await File.ReadAllTextAsync(compiled)));
                    compiled = other;
                }

                return (node, [compiled]);
        }
    }

    protected override async Task ConfigureAsync(Dictionary<string, string?> settings)
    {
        Subscribers = await Subscribers.StartAsync();
        File.Copy(Path.Combine(AppContext.BaseDirectory, "assets", "call.mp3"), Path.Combine(_folder.Path, "call.mp3"));
        for (var i = 0; i < 4; i++)
        {
            settings[$"Webhooks:RetrySchedule:{i}"] = i == 0 ? "00:00:00" : "00:00:00.2";
        }
    }

    private static string Name(Snippet snippet, string ending) => Path.GetFileNameWithoutExtension(snippet.Page) + ending;

    /// <summary>
    /// By the SDK's own compiler, with the warnings off that it leaves out by itself: a project of its own would be restored and built for
    /// ten seconds.
    /// </summary>
    private async Task<string> CSharpAsync(string dotnet, string name, string text)
    {
        var runtime = new DirectoryInfo(Path.GetDirectoryName(typeof(object).Assembly.Location)!);
        var compiler = Directory.EnumerateFiles(
            Path.Combine(runtime.Parent!.Parent!.Parent!.FullName, "sdk"), "csc.dll", SearchOption.AllDirectories)
            .Where(f => f.EndsWith(Path.Combine("Roslyn", "bincore", "csc.dll"), StringComparison.Ordinal)).Order(StringComparer.Ordinal)
                .LastOrDefault();
        Assert.SkipWhen(compiler is null, "The .NET SDK has no compiler beside this runtime.");
        var folder = _folder.Sub(name + "-csharp");
        var (source, usings, output) = (
            Path.Combine(folder, "Program.cs"), Path.Combine(folder, "Usings.cs"), Path.Combine(folder, name + ".dll"));
        await File.WriteAllTextAsync(source, text);
        await File.WriteAllTextAsync(usings, ImplicitUsings);
        var references = new[] { typeof(object), typeof(Microsoft.AspNetCore.Http.HttpContext) }.Select(
            t => Path.GetDirectoryName(t.Assembly.Location)!).Distinct(StringComparer.Ordinal)
            .SelectMany(d => Directory.EnumerateFiles(d, "*.dll")).Where(f => Path.GetFileName(f) is var n
                && (n.StartsWith("System.", StringComparison.Ordinal) || n.StartsWith("Microsoft.", StringComparison.Ordinal))
                && !n.Contains("Native", StringComparison.Ordinal) && !n.Contains("DiaSym", StringComparison.Ordinal));
        var library = Path.Combine(folder, "StandardWebhooks.dll");
        File.Copy(typeof(StandardWebhooks.StandardWebhook).Assembly.Location, library, overwrite: true);
        references = references.Append(library);
        var response = Path.Combine(folder, "compile.rsp");
        await File.WriteAllLinesAsync(response,
            [.. references.Select(r => $"-r:\"{r}\""), "-nologo", "-nullable:enable", "-warnaserror", "-nowarn:CS1701,CS1702",
            $"-out:\"{output}\"", $"\"{source}\"", $"\"{usings}\""]);
        var (exit, said) = await Tool.RunAsync(dotnet, ["exec", compiler!, "-noconfig", "@" + response]);
        Assert.True(exit == 0, said);
        return output;
    }

    /// <summary>Every TypeScript program at once, with types checked; answers with the folder of the results.</summary>
    private async Task<string> TypeScriptAsync(string node, string modules)
    {
        var folder = _folder.Sub("typescript");
        Directory.CreateSymbolicLink(Path.Combine(folder, "node_modules"), modules);
        var files = new List<string>();
        foreach (var snippet in Snippet.All.Where(s => s.Language is "typescript" or "ts"))
        {
            files.Add(Path.Combine(folder, Name(snippet, ".mts")));
            await File.WriteAllTextAsync(files[^1], snippet.Text);
        }

        var (exit, said) =
            await Tool.RunAsync(node,
            [Path.Combine(modules, "typescript", "bin", "tsc"), "--strict", "--skipLibCheck", "--target", "es2022", "--module", "nodenext",
            .. files], folder: folder);
        Assert.True(exit == 0, said);
        return folder;
    }
}
