using System.Diagnostics;
using System.IO.Compression;
using System.Text;
using System.Text.RegularExpressions;
using Siro.Gateway.OperatorConsole;
using Siro.Gateway.Tests.Deployment;

namespace Siro.Gateway.Tests.OperatorConsole;

/// <summary>What the console's page consists of.</summary>
public sealed partial class ConsoleFileTests
{
    private static readonly ConsoleFiles Files = new();

    [Fact]
    public async Task The_copied_libraries_are_those_of_the_lock_file()
    {
        var paths = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        Assert.SkipUnless(paths.Any(p => File.Exists(Path.Combine(p, "node"))), "node is not installed: 'apt-get install nodejs npm'");
        var folder = Path.Combine(RepositoryFiles.Root, "src", "Siro.Gateway", "OperatorConsole", "Libraries");
        Assert.SkipUnless(Directory.Exists(Path.Combine(folder, "node_modules")),
            "There is no node_modules: run 'npm ci' in src/Siro.Gateway/OperatorConsole/Libraries to compare the copies.");
        using var node =
            Process.Start(new ProcessStartInfo("node", [Path.Combine(folder, "copy-libraries.mjs"), "--check"]) {
            RedirectStandardError = true, UseShellExecute = false })!;
        var complaint = await node.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await node.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.True(node.ExitCode == 0, complaint);
    }

    [Fact]
    public void Everything_before_the_first_chart_is_at_most_100_KB_compressed()
    {
        var first = Files.FirstModules().Select(p => Files.Find(p)!).Append(Files.Find("style.css")!).Append(Files.Find("icon.svg")!)
            .Append(Files.Page).ToList();

        Assert.InRange(first.Sum(f => f.Brotli.Length), 20_000, 100_000);
        Assert.InRange(first.Sum(f => f.Gzip.Length), 20_000, 100_000);
    }

    [Fact]
    public void Compressed_files_say_the_same()
    {
        foreach (var file in Files.All)
        {
            using var brotli = new BrotliStream(new MemoryStream(file.Brotli), CompressionMode.Decompress);
            using var gzip = new GZipStream(new MemoryStream(file.Gzip), CompressionMode.Decompress);
            Assert.Equal(file.Bytes, Read(brotli));
            Assert.Equal(file.Bytes, Read(gzip));
        }
    }

    [Fact]
    public void The_page_has_no_script_or_style_of_its_own_and_names_no_other_origin()
    {
        var page = Encoding.UTF8.GetString(Files.Page.Bytes);

        Assert.DoesNotMatch("<script(?![^>]*src=)", page);
        Assert.DoesNotMatch("<style|\\bstyle=|\\son[a-z]+=", page);
        Assert.DoesNotContain("{{", page, StringComparison.Ordinal);
        Assert.All(Address().Matches(page).Select(m => m.Groups[1].Value),
            a => Assert.StartsWith($"console/assets/{Files.Version}/", a, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_module_that_a_module_names_is_there()
    {
        foreach (var file in Files.All.Where(f => f.Path.EndsWith(".js", StringComparison.Ordinal)))
        {
            foreach (var named in Import().Matches(Encoding.UTF8.GetString(file.Bytes)).Select(m => m.Groups[1].Value))
            {
                var path = new Uri(new Uri($"http://console/{file.Path}"), named).AbsolutePath[1..];
                Assert.True(Files.Find(path) is not null, $"{file.Path} names {named}");
            }
        }
    }

    [Fact]
    public void No_text_of_the_pages_becomes_markup()
    {
        foreach (var file in Files.All.Where(f => f.Path.EndsWith(".js", StringComparison.Ordinal)
            && !f.Path.StartsWith("lib/", StringComparison.Ordinal)))
        {
            Assert.DoesNotMatch(
                @"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function", Encoding.UTF8.GetString(file.Bytes));
        }
    }

    private static byte[] Read(Stream from)
    {
        using var all = new MemoryStream();
        from.CopyTo(all);
        return all.ToArray();
    }

    [GeneratedRegex("(?:href|src)=\"(?!docs\")([^\"]+)\"", RegexOptions.None, 1000)]
    private static partial Regex Address();

    [GeneratedRegex(@"(?:from\s*|import\(|import\s*)['""](\.[^'""]+)['""]", RegexOptions.None, 1000)]
    private static partial Regex Import();
}
