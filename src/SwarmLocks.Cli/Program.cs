using SwarmLocks.Cli;
using SwarmLocks.Cli.Demo;

// Before anything asks for a culture: loading ICU is 6 % of what a short call takes, and only the disks of other systems compare names by its tables.
if (OperatingSystem.IsLinux())
    AppContext.SetSwitch("System.Globalization.Invariant", true);

// The demo starts this program again for each of its agents; that is no verb for people.
return args is [DemoAgent.Verb, .. var rest] ? await DemoAgent.RunAsync(rest) : await App.RunAsync(args, new CliHost());
