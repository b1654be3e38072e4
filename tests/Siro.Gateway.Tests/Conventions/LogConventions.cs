using System.Reflection;
using Microsoft.Extensions.Logging;
using Siro.Gateway.Common;

namespace Siro.Gateway.Tests.Conventions;

/// <summary>An operator filters and counts log lines by their event's number: each stands for one line.</summary>
public sealed class LogConventions
{
    [Fact]
    public void An_events_number_stands_for_one_line()
    {
        var lines = (
            from type in typeof(PeriodicService).Assembly.GetTypes()
            from method in type.GetMethods(
                BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
            let line = method.GetCustomAttribute<LoggerMessageAttribute>()
            where line is not null
            select (line.EventId, Name: $"{type.DeclaringType?.Name}.{method.Name}")).ToList();
        Assert.True(lines.Count > 50, "the lines are found");
        Assert.Empty(lines.GroupBy(l => l.EventId).Where(g => g.Count() > 1)
            .Select(g => $"{g.Key}: {string.Join(", ", g.Select(l => l.Name))}"));
    }
}
