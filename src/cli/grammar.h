// The grammar of the command line: groups, verbs and the options they share. Every family of verbs
// adds itself from a file of its own (arguments_*.cpp), with its options in a value that lives as
// long as the grammar. CLI11 stays in this header and those files. Thread rule: one thread.
#pragma once

#include "cli/common_options.h"

#include <CLI/CLI.hpp>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace galen::cli {

/// Help of options that say why something is revoked.
inline constexpr const char* kRevocationReasons =
    "unspecified withdrawn entered-in-error purpose-ended relation-ended misuse key-compromised "
    "legal";

/// Every verb stores what to run; exactly one runs after parsing.
class Grammar {
 public:
  using Run = std::function<int()>;

  Grammar(const char* about, const char* name, const char* footer);

  /// Parses and runs; wrong usage is one line on stderr.
  int run(int argc, char** argv);

  [[nodiscard]] CLI::App& top() { return app_; }

  /// Valid when a verb runs, not before.
  [[nodiscard]] const CommonOptions& common() const { return common_; }

  /// Verbs under one noun.
  CLI::App* group(const char* name, const char* about);
  /// `lines`: one example each.
  CLI::App* verb(CLI::App* parent,
                 const char* name,
                 const char* about,
                 const std::vector<std::string>& lines,
                 Run run);

  /// Takes one value each time it is written, or several with commas.
  static CLI::Option* repeatable(CLI::App* verb,
                                 const char* name,
                                 std::vector<std::string>& values,
                                 const char* about);

  /// `--as` and `--key` of what a patient asks about himself, else his custodian.
  static void as_patient(CLI::App* verb, std::string& as, std::string& key_file);

  /// Options of one verb, alive as long as the grammar.
  template <class T>
  [[nodiscard]] T& keep() {
    auto kept = std::make_shared<T>();
    kept_.push_back(kept);
    return *kept;
  }

 private:
  void add_common();

  CLI::App app_;
  CommonOptions common_;
  std::string output_ = "text";
  Run run_;
  std::vector<std::shared_ptr<void>> kept_;
};

// One function for each family of verbs.
void add_network_verbs(Grammar& grammar);
void add_people_verbs(Grammar& grammar);
/// After add_people_verbs.
void add_export_verbs(Grammar& grammar);
void add_identity_verbs(Grammar& grammar);
void add_label_verbs(Grammar& grammar);
void add_record_verbs(Grammar& grammar);
/// After add_record_verbs.
void add_version_verbs(Grammar& grammar);
void add_consent_verbs(Grammar& grammar);
void add_audit_verbs(Grammar& grammar);
/// After add_consent_verbs.
void add_decision_verbs(Grammar& grammar);
void add_group_verbs(Grammar& grammar);
void add_ledger_verbs(Grammar& grammar);
void add_event_verbs(Grammar& grammar);
void add_proof_verbs(Grammar& grammar);
void add_evidence_verbs(Grammar& grammar);
void add_emergency_verbs(Grammar& grammar);
void add_erasure_verbs(Grammar& grammar);
void add_tool_verbs(Grammar& grammar);

}  // namespace galen::cli
