#include "cli/answer.h"
#include "cli/grammar.h"
#include "cli/human_text.h"
#include "cli/json_text.h"
#include "cli/progress_bar.h"
#include "cli/term_options.h"
#include "cli/versions_text.h"

#include <string>

namespace galen::cli {

namespace {

constexpr const char* kReplaceReasons = "new-version correction relabelled patient-request legal";
constexpr const char* kRetractReasons = "correction wrong-patient duplicate patient-request legal";

class VersionVerbs {
 public:
  void bind(Grammar& grammar) {
    grammar_ = &grammar;
    CLI::App* record = grammar.top().get_subcommand("record");
    add_replace(record);
    add_retract(record);
    add_history(record);
  }

 private:
  void add_replace(CLI::App* record) {
    CLI::App* verb = grammar_->verb(
        record,
        "replace",
        "stores a file as the new version of a record",
        {"galen record replace RECORD visit2.json --patient PID --class NOTE --reason correction"},
        [this] { return replace(); });
    client::PutOptions& next = replace_.next;
    verb->add_option("record", replace_.record, "version to replace")
        ->required()
        ->type_name("RECORD");
    verb->add_option("file", next.file, "file to store")->required()->type_name("FILE");
    verb->add_option("--patient", next.patient, "patient id")->required();
    verb->add_option("--class", next.record_class, "record class")->capture_default_str();
    verb->add_option("--confidentiality", next.confidentiality, "U L M N R V")
        ->capture_default_str();
    Grammar::repeatable(verb, "--label", next.labels, "sensitivity label, repeatable");
    add_label_options(verb, next.labels_as);
    verb->add_option("--reason", replace_.reason, kReplaceReasons)->capture_default_str();
    verb->add_option("--label-reason", replace_.label_reason, "why there are new labels");
    verb->add_option("--service-date", next.service_date, "YYYY-MM-DD, default today");
    verb->add_option("--mime", next.mime_type, "MIME type, default by the file's ending");
    Grammar::repeatable(
        verb, "--related", next.related, "encounter or other related id, repeatable");
    Grammar::repeatable(verb, "--author", next.authors, "practitioner id, repeatable");
    verb->add_flag("--withhold", next.withhold_from_patient, "not for the patient for now");
  }

  void add_retract(CLI::App* record) {
    CLI::App* verb = grammar_->verb(
        record,
        "retract",
        "entered in error: hides a record from everybody, keeps it in the history",
        {"galen record retract RECORD --patient PID --reason wrong-patient"},
        [this] {
          return answer(
              grammar_->common(),
              [this](client::Client& client) { return client.retract_record(retract_); },
              [](const auto& committed) { return human::text(committed); },
              [](const auto& committed) { return json::text(committed); });
        });
    verb->add_option("record", retract_.record, "record id")->required()->type_name("RECORD");
    verb->add_option("--patient", retract_.patient, "patient id")->required();
    verb->add_option("--reason", retract_.reason, kRetractReasons)->required();
  }

  void add_history(CLI::App* record) {
    CLI::App* verb = grammar_->verb(
        record,
        "history",
        "every version of a record, each proven: for the custodian",
        {"galen record history RECORD --patient PID"},
        [this] {
          const bool full = grammar_->common().full;
          return answer(
              grammar_->common(),
              [this](client::Client& client) { return client.record_history(history_); },
              [full](const auto& versions) { return human::text(versions, full); },
              [](const auto& versions) { return json::text(versions); });
        });
    verb->add_option("record", history_.record, "any version")->required()->type_name("RECORD");
    verb->add_option("--patient", history_.patient, "patient id")->required();
  }

  int replace() {
    const CommonOptions& common = grammar_->common();
    auto opened = open_client(common);
    if (!opened) return report(opened.failure());
    client::Outcome<client::PutResult> put = client::Failure{};
    {
      ProgressBar bar("storing " + replace_.next.file);
      put = opened->replace_record(
          replace_, [&](std::uint64_t done, std::uint64_t total) { bar.update(done, total); });
    }
    if (!put) return report(put.failure());
    return print(common.json ? json::text(std::vector{*put}) + "\n"
                             : human::text(std::vector{*put}, common.full));
  }

  Grammar* grammar_ = nullptr;
  client::ReplaceOptions replace_;
  client::RetractOptions retract_;
  client::HistoryOptions history_;
};

}  // namespace

void add_version_verbs(Grammar& grammar) {
  grammar.keep<VersionVerbs>().bind(grammar);
}

}  // namespace galen::cli
