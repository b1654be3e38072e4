using System.IO.Compression;
using System.Reflection.Metadata;
using System.Text;
using System.Text.Json;
using System.Xml.Linq;

namespace PackedTests;

/// <summary>What is in the packages, and what they bring along: nothing that their job does not need.</summary>
public sealed class PackageContentTests
{
    private static readonly string Feed = Environment.GetEnvironmentVariable("PACKED_FEED")
        ?? throw new InvalidOperationException("PACKED_FEED names no directory. Start these tests by tests/Packages/run.sh.");

    [Fact]
    public void The_client_depends_on_no_package_but_the_reader_of_event_streams_that_NET_8_lacks()
    {
        Assert.Empty(Dependencies("Siro.Gateway.Client", "net10.0"));
        Assert.Equal(["System.Net.ServerSentEvents"], Dependencies("Siro.Gateway.Client", "net8.0"));
    }

    /// <summary>Polly.Core and Nerdbank.MessagePack are Aspire.Hosting's own dependencies, at versions that were published.</summary>
    [Fact]
    public void The_hosting_package_depends_on_Aspires_hosting_and_two_versions_for_it() =>
        Assert.Equal(["Aspire.Hosting", "Nerdbank.MessagePack", "Polly.Core"], Dependencies("Siro.Gateway.Hosting", "net10.0"));

    /// <summary>As restored for the native application, which adds StackExchange.Redis and what that needs for its inbox.</summary>
    [Fact]
    public void The_closure_of_an_application_is_the_client_and_what_the_application_itself_names()
    {
        var assets = Path.Combine(Path.GetDirectoryName(Feed)!, "..", "tests", "Packages", "Application", "obj", "project.assets.json");
        using var json = JsonDocument.Parse(File.ReadAllText(assets));
        var libraries = json.RootElement.GetProperty("targets").GetProperty("net10.0").EnumerateObject()
            .Where(l => l.Value.TryGetProperty("runtime", out _))
            .Select(l => l.Name.Split('/')[0]);

        Assert.Equal(
            ["Pipelines.Sockets.Unofficial", "Siro.Gateway.Client", "StackExchange.Redis", "System.IO.Hashing"],
            libraries.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("Siro.Gateway.Client", "lib/net8.0/Siro.Gateway.Client")]
    [InlineData("Siro.Gateway.Client", "lib/net10.0/Siro.Gateway.Client")]
    [InlineData("Siro.Gateway.Hosting", "lib/net10.0/Siro.Gateway.Hosting")]
    public void A_package_has_its_documentation_its_license_its_symbols_and_a_commit(string package, string assembly)
    {
        using var archive = Open(package, ".nupkg");
        using var symbols = Open(package, ".snupkg");
        var metadata = Nuspec(archive).Descendants().ToList();

        Assert.NotNull(archive.GetEntry("README.md"));
        Assert.NotNull(archive.GetEntry(assembly + ".xml"));
        Assert.Equal("Apache-2.0", metadata.Single(e => e.Name.LocalName == "license").Value);
        Assert.NotNull(metadata.Single(e => e.Name.LocalName == "repository").Attribute("commit"));
        Assert.NotNull(symbols.GetEntry(assembly + ".pdb"));
    }

    /// <summary>No path of the machine that packed it: with the same sources and SDK, another machine packs the same assembly.</summary>
    [Theory]
    [InlineData("Siro.Gateway.Client", "lib/net8.0/Siro.Gateway.Client.pdb")]
    [InlineData("Siro.Gateway.Client", "lib/net10.0/Siro.Gateway.Client.pdb")]
    [InlineData("Siro.Gateway.Hosting", "lib/net10.0/Siro.Gateway.Hosting.pdb")]
    public void The_symbols_name_sources_by_their_place_in_the_repository(string package, string pdb)
    {
        using var symbols = Open(package, ".snupkg");
        using var stream = symbols.GetEntry(pdb)!.Open();
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        copy.Position = 0;
        using var provider = MetadataReaderProvider.FromPortablePdbStream(copy);
        var reader = provider.GetMetadataReader();

        Assert.All(
            reader.Documents.Select(d => reader.GetString(reader.GetDocument(d).Name)),
            name => Assert.StartsWith("/_", name, StringComparison.Ordinal));
    }

    [Fact]
    public void The_hosting_package_brings_the_gateway_and_the_emulator()
    {
        using var archive = Open("Siro.Gateway.Hosting", ".nupkg");

        Assert.All(
            ["gateway/Siro.Gateway.dll", "gateway/gateway.json", "emulator/Siro.Emulator.dll", "emulator/Siro.Emulator.runtimeconfig.json"],
            file => Assert.NotNull(archive.GetEntry("tools/" + file)));

        using var targets = new StreamReader(archive.GetEntry("build/Siro.Gateway.Hosting.targets")!.Open(), Encoding.UTF8);
        Assert.Contains("tools/gateway/Siro.Gateway.dll", targets.ReadToEnd(), StringComparison.Ordinal);
    }

    private static ZipArchive Open(string package, string extension) =>
        ZipFile.OpenRead(Directory.GetFiles(Feed, $"{package}.*{extension}").Single());

    private static XDocument Nuspec(ZipArchive archive)
    {
        using var stream = archive.Entries.Single(e => e.FullName.EndsWith(".nuspec", StringComparison.Ordinal)).Open();
        return XDocument.Load(stream);
    }

    private static List<string> Dependencies(string package, string framework)
    {
        using var archive = Open(package, ".nupkg");
        return [.. Nuspec(archive).Descendants()
            .Single(e => e.Name.LocalName == "dependencies")
            .Elements().Single(e => e.Attribute("targetFramework")?.Value == framework)
            .Elements().Select(e => e.Attribute("id")!.Value)];
    }
}
