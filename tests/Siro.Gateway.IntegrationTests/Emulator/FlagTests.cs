using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Siro.Emulator;
using Siro.Emulator.Access;
using Siro.Emulator.Control;
using Siro.Emulator.Faults;
using Siro.Emulator.Recordings;
using Siro.Emulator.Validation;

namespace Siro.Gateway.IntegrationTests.Emulator;

/// <summary>What may change while the emulator runs can be given on its command line.</summary>
public class FlagTests
{
    [Fact]
    public void Every_variant_of_credentials_and_contracts_is_a_flag()
    {
        var options = Read(
            "--client-token-hosts", "external, platform", "--client-token-expires-in", "missing", "--client-token-lifetime", "00:00:05",
            "--user-tokens", "false",
            "--organization-tokens-end-at", "2027-07-01T00:00:00Z", "--contract-drift", "NewValue,MissingField",
            "--size-fields", "FileSizeInBytes", "--contracts", "V2", "--scoreless-above", "0", "--token-endpoint", "away",
            "--user-tokens-end-at", "2027-08-01T00:00:00Z");
        Assert.Equal(ClientTokenHosts.External | ClientTokenHosts.Platform, options.ClientTokenHosts);
        Assert.Equal(
            ("missing", TimeSpan.FromSeconds(5), false), (options.ClientTokenExpiresIn, options.ClientTokenLifetime, options.UserTokens));
        Assert.Equal(new DateTimeOffset(2027, 7, 1, 0, 0, 0, TimeSpan.Zero), options.OrganizationTokensEndAt);
        Assert.Equal(TokenEndpointFault.Away, options.TokenEndpoint);
        Assert.Equal(new DateTimeOffset(2027, 8, 1, 0, 0, 0, TimeSpan.Zero), options.UserTokensEndAt);
        Assert.Equal(ContractDrift.NewValue | ContractDrift.MissingField, options.ContractDrift);
        Assert.Equal((SizeFields.FileSizeInBytes, CreateContracts.V2, 0), (options.SizeFields, options.Contracts, options.ScorelessAbove));
    }

    [Fact]
    public void Without_flags_the_emulator_is_Siro_as_published()
    {
        var options = Read();
        Assert.Equal((ClientTokenHosts.All, ContractDrift.None, SizeFields.FileSize),
            (options.ClientTokenHosts, options.ContractDrift, options.SizeFields));
        Assert.Null(options.OrganizationTokensEndAt);
    }

    /// <summary>The README's table has each flag, and the default that is in force without it.</summary>
    [Fact]
    public async Task Every_flag_stands_in_the_documents_with_its_default()
    {
        var lines = await File.ReadAllLinesAsync(
            Path.Combine(Snippets.Snippet.Root, "src", "Siro.Emulator", "README.md"), TestContext.Current.CancellationToken);
        var documented = lines.Where(l => l.StartsWith("| `--", StringComparison.Ordinal)).Select(l => l.Split(" | "))
            .ToDictionary(c => c[0].Trim('|', ' ', '`')[2..], c => c[2].Trim(), StringComparer.Ordinal);
        var defaults = Settings.Read(new EmulatorOptions()).EnumerateObject()
            .ToDictionary(p => JsonNamingPolicy.KebabCaseLower.ConvertName(p.Name), p => p.Value, StringComparer.Ordinal);
        Assert.Equal(defaults.Keys.Order(), documented.Keys.Order());
        Assert.All(
            defaults.Where(d => d.Value.ValueKind != JsonValueKind.Null),
            d => Assert.Equal($"`{d.Value}`", documented[d.Key], ignoreCase: true));
        var text = string.Join('\n', lines);
        Assert.All(Settings.Flags, flag => Assert.Contains($"`--{flag}`", text, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("--client-token-host", "External")]
    [InlineData("--TokenEndpoints=Away")]
    public void A_mistyped_flag_is_named(params string[] arguments) =>
        Assert.Equal(arguments[0].Split('=')[0], Settings.UnknownFlag(arguments));

    [Fact]
    public void Flags_are_taken_in_either_spelling() =>
        Assert.Null(Settings.UnknownFlag(["--urls", "http://127.0.0.1:0", "--ClientTokenHosts", "External", "--token-endpoint=Away"]));

    private static EmulatorOptions Read(params string[] arguments)
    {
        var options = new EmulatorOptions();
        Settings.Write(options, new ConfigurationBuilder().AddCommandLine(arguments).Build());
        return options;
    }
}
