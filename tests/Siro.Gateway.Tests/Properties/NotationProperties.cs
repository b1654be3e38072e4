using System.Globalization;
using System.Net;
using FsCheck;
using FsCheck.Fluent;
using Siro.Gateway.Outbound;

namespace Siro.Gateway.Tests.Properties;

public sealed class NotationProperties
{
    private static readonly int[] Zeros = ['0', 0xFF10, 0x0660, 0x06F0, 0x0966, 0x1D7CE];

    /// <summary>A number in decimal (by the digits of some script), octal or hexadecimal.</summary>
    private static Gen<string> Written(long number) => Gen.OneOf(
        Gen.Elements(Zeros).Select(
            zero => string.Concat(number.ToString(CultureInfo.InvariantCulture).Select(c => char.ConvertFromUtf32(zero + (c - '0'))))),
        Gen.Constant("0" + Convert.ToString(number, 8)),
        Gen.Constant("0x" + number.ToString("x", CultureInfo.InvariantCulture)),
        Gen.Constant("0X" + number.ToString("X", CultureInfo.InvariantCulture)));

    private static readonly Gen<(IPAddress Address, string Host)> Hosts =
        from bytes in Gen.Choose(0, 255).Select(b => (byte)b).ArrayOf(4)
        from parts in Gen.Choose(1, 4)
        from dot in Gen.Elements(".", "\u3002", "\uFF0E", "\uFF61")
        from end in Gen.Elements("", ".")
        from written in Gen.CollectToArray(Numbers(bytes, parts), Written)
        select (new IPAddress(bytes), string.Join(dot, written) + end);

    [Fact]
    public void An_ipv4_address_is_known_in_every_notation() =>
        Prop.ForAll(Hosts.ToArbitrary(), c => Assert.Equal([c.Address], HostNotation.Addresses(c.Host)!)).Holds();

    [Fact]
    public void Whatever_stands_for_a_host_there_is_an_answer() =>
        Prop.ForAll(ArbMap.Default.ArbFor<NonNull<string>>(), text => { _ = HostNotation.Addresses(text.Get); }).Holds();

    /// <summary>The address in so many parts: the last one has all the bytes that are left.</summary>
    private static IEnumerable<long> Numbers(byte[] bytes, int parts) =>
        [.. bytes.Take(parts - 1).Select(b => (long)b), bytes.Skip(parts - 1).Aggregate(0L, (sum, b) => (sum << 8) | b)];
}
