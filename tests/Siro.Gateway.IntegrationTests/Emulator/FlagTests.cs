using Microsoft.Extensions.Configuration;
using Siro.Emulator;
using Siro.Emulator.Access;
using Siro.Emulator.Control;
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
            "--client-token-hosts", "external, platform", "--client-token-expires-in", "missing", "--client-token-lifetime", "00:00:05", "--user-tokens", "false",
            "--organization-tokens-end-at", "2027-07-01T00:00:00Z", "--contract-drift", "NewValue,MissingField", "--size-fields", "FileSizeInBytes", "--contracts", "V2", "--scoreless-above", "0");
        Assert.Equal(ClientTokenHosts.External | ClientTokenHosts.Platform, options.ClientTokenHosts);
        Assert.Equal(("missing", TimeSpan.FromSeconds(5), false), (options.ClientTokenExpiresIn, options.ClientTokenLifetime, options.UserTokens));
        Assert.Equal(new DateTimeOffset(2027, 7, 1, 0, 0, 0, TimeSpan.Zero), options.OrganizationTokensEndAt);
        Assert.Equal(ContractDrift.NewValue | ContractDrift.MissingField, options.ContractDrift);
        Assert.Equal((SizeFields.FileSizeInBytes, CreateContracts.V2, 0), (options.SizeFields, options.Contracts, options.ScorelessAbove));
    }

    [Fact]
    public void Without_flags_the_emulator_is_Siro_as_published()
    {
        var options = Read();
        Assert.Equal((ClientTokenHosts.All, ContractDrift.None, SizeFields.FileSize), (options.ClientTokenHosts, options.ContractDrift, options.SizeFields));
        Assert.Null(options.OrganizationTokensEndAt);
    }

    private static EmulatorOptions Read(params string[] arguments)
    {
        var options = new EmulatorOptions();
        Settings.Write(options, new ConfigurationBuilder().AddCommandLine(arguments).Build());
        return options;
    }
}
