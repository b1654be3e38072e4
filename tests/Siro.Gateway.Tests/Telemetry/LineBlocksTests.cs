using System.Globalization;
using System.Text;
using Siro.Gateway.Telemetry.Logs;

namespace Siro.Gateway.Tests.Telemetry;

public sealed class LineBlocksTests
{
    [Fact]
    public void Lines_of_every_length_come_out_whole_in_their_order_and_none_is_parted()
    {
        var blocks = new LineBlocks();
        for (var round = 0; round < 3; round++)
        {
            var lines = Enumerable.Range(0, 400).Select(n => Line(n, length: n % 7 == 0 ? 100_000 : n * 37)).ToList();
            lines.ForEach(line => blocks.Add(Encoding.ASCII.GetBytes(line)));

            Assert.Equal(lines.Sum(l => l.Length), blocks.Length);
            Assert.Equal(lines.Count, blocks.Blocks.Sum(b => b.Lines));
            Assert.Equal(string.Concat(lines), string.Concat(blocks.Blocks.Select(b => Encoding.ASCII.GetString(b.Bytes))));
            Assert.All(blocks.Blocks, b => Assert.Equal((byte)'\n', b.Bytes[^1]));
            blocks.Clear();
            Assert.Equal(0, blocks.Length);
            Assert.Empty(blocks.Blocks);
        }
    }

    private static string Line(int n, int length) =>
        n.ToString(CultureInfo.InvariantCulture).PadRight(Math.Max(4, length), '.') + "\n";
}
