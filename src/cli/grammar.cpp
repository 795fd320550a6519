#include "cli/grammar.h"

#include "cli/answer.h"
#include "cli/unknown_verb.h"

namespace galen::cli {

namespace {

/// One line per example under "Examples:".
std::string examples(const std::vector<std::string>& lines) {
  std::string text = "Examples:";
  for (const std::string& line : lines) text += "\n  " + line;
  return text;
}

/// "galen consent grant": as far as the line named it.
std::string chosen_verb(const CLI::App& app) {
  std::string text = "galen";
  for (const CLI::App* at = &app; !at->get_subcommands().empty();) {
    at = at->get_subcommands().front();
    text += " " + at->get_name();
  }
  return text;
}

}  // namespace

Grammar::Grammar(const char* about, const char* name, const char* footer) : app_(about, name) {
  app_.require_subcommand(1);
  app_.fallthrough();
  app_.footer(footer);
  add_common();
}

int Grammar::run(int argc, char** argv) {
  try {
    app_.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app_.exit(error);
    if (const auto unknown = unknown_verb(app_, argc, argv)) {
      return report(
          {client::FailureKind::kUsage, *unknown + ": no such verb", "", "see 'galen --help'"});
    }
    return report(
        {client::FailureKind::kUsage, error.what(), "", "see '" + chosen_verb(app_) + " --help'"});
  }
  common_.json = output_ == "json";
  return run_ ? run_() : 2;
}

CLI::App* Grammar::group(const char* name, const char* about) {
  CLI::App* group = app_.add_subcommand(name, about);
  group->require_subcommand(1);
  group->fallthrough();
  return group;
}

CLI::App* Grammar::verb(CLI::App* parent,
                        const char* name,
                        const char* about,
                        const std::vector<std::string>& lines,
                        Run run) {
  CLI::App* verb = parent->add_subcommand(name, about);
  verb->fallthrough();
  verb->footer(examples(lines));
  verb->callback([this, run = std::move(run)] { run_ = run; });
  return verb;
}

void Grammar::as_patient(CLI::App* verb, std::string& as, std::string& key_file) {
  verb->add_option("--as", as, "the patient himself, through any member; else his custodian")
      ->type_name("PID");
  verb->add_option("--key", key_file, "the patient's own signing key (PEM)");
}

CLI::Option* Grammar::repeatable(CLI::App* verb,
                                 const char* name,
                                 std::vector<std::string>& values,
                                 const char* about) {
  return verb->add_option(name, values, about)->allow_extra_args(false)->delimiter(',');
}

void Grammar::add_common() {
  app_.add_option("--profile", common_.profile, "client profile (client.toml)")
      ->envname("GALEN_PROFILE")
      ->type_name("FILE");
  app_.add_option("--output", output_, "text for people, json for programs")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
  app_.add_option("--timeout", common_.timeout_s, "seconds for one call, retries included")
      ->check(CLI::Range(1, 3600))
      ->capture_default_str();
  app_.add_option("--node", common_.node, "organisation whose node is asked first");
  app_.add_flag("--full", common_.full, "whole ids in tables");
}

}  // namespace galen::cli
