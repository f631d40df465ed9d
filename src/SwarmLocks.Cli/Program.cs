using SwarmLocks.Cli;
using SwarmLocks.Cli.Demo;

// The demo starts this program again for each of its agents; that is no verb for people.
return args is [DemoAgent.Verb, .. var rest] ? await DemoAgent.RunAsync(rest) : await App.RunAsync(args, new CliHost());
