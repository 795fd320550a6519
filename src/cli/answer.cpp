#include "cli/answer.h"

#include "cli/human_text.h"
#include "cli/json_text.h"
#include "cli/table.h"

#include <cstdio>

namespace galen::cli {

int report(const client::Failure& failure) {
  std::fputs((visible("galen: " + failure.line()) + "\n").c_str(), stderr);
  return static_cast<int>(failure.kind);
}

int print(const std::string& told) {
  const std::string text = visible_lines(told);
  const bool whole = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  if (whole && std::fflush(stdout) == 0) return 0;
  return report({client::FailureKind::kGeneral, "cannot write", "standard output", ""});
}

int print_committed(const CommonOptions& common,
                    const client::Outcome<client::Committed>& committed) {
  if (!committed) return report(committed.failure());
  return print(common.json ? json::text(*committed) + "\n" : human::text(*committed));
}

int print_registered(const CommonOptions& common,
                     const client::Outcome<client::Registered>& registered,
                     const std::string& what) {
  if (!registered) return report(registered.failure());
  return print(common.json ? json::text(*registered, what) + "\n" : human::text(*registered, what));
}

client::Outcome<client::Client> open_client(const CommonOptions& common) {
  if (common.profile.empty()) {
    return client::Failure{
        client::FailureKind::kConfig, "no profile", "", "give --profile FILE or set GALEN_PROFILE"};
  }
  client::ClientOptions options;
  options.profile = common.profile;
  options.timeout_ms = common.timeout_s * 1000;
  options.node = common.node;
  options.note = [](const std::string& line) {
    std::fprintf(stderr, "galen: note: %s\n", visible(line).c_str());
  };
  return client::Client::open(options);
}

}  // namespace galen::cli
