// galen-conformance: see scripts/conformance. Exit codes: 0 all passed, 1 some failed, 2 usage or a
// file that cannot be evaluated.
#include "conformance/conformance.h"

#include <cstdio>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace {

using galen::conformance::Verdict;

struct Options {
  std::vector<std::string> files;
  std::string consents;
  bool verbose = false;
  std::string problem;
};

Options read_options(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc && options.problem.empty(); ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--verbose") {
      options.verbose = true;
    } else if (argument == "--consents") {
      if (++i < argc) options.consents = argv[i];
      if (options.consents.empty()) options.problem = "--consents needs a directory";
    } else if (!argument.empty() && argument.front() == '-') {
      options.problem = "unknown option " + std::string(argument);
    } else {
      options.files.emplace_back(argument);
    }
  }
  if (options.problem.empty() && options.files.empty()) options.problem = "no FILE given";
  return options;
}

void print(const std::string& file, const Verdict& verdict) {
  const std::string name = std::filesystem::path(file).filename();
  std::printf("%s %s %s: expected %s, got %s\n",
              verdict.passed ? "ok  " : "FAIL",
              name.c_str(),
              verdict.id.c_str(),
              verdict.expected.c_str(),
              verdict.got.c_str());
}

int run(const Options& options) {
  std::vector<std::vector<Verdict>> files;
  for (const std::string& file : options.files) {
    auto verdicts = galen::conformance::evaluate_file(file, options.consents);
    if (!verdicts) {
      std::fprintf(stderr, "conformance: %s\n", verdicts.error().message.c_str());
      return 2;
    }
    files.push_back(std::move(*verdicts));
  }
  std::size_t passed = 0;
  std::size_t failed = 0;
  for (std::size_t i = 0; i < files.size(); ++i) {
    for (const Verdict& verdict : files[i]) {
      ++(verdict.passed ? passed : failed);
      if (!verdict.passed || options.verbose) print(options.files[i], verdict);
    }
  }
  std::printf("%zu passed, %zu failed\n", passed, failed);
  return failed == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  const Options options = read_options(argc, argv);
  if (!options.problem.empty()) {
    std::fprintf(stderr,
                 "conformance: %s; usage: conformance FILE... [--consents DIR] [--verbose]\n",
                 options.problem.c_str());
    return 2;
  }
  return run(options);
}
