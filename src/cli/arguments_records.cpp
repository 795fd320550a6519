#include "cli/grammar.h"
#include "cli/term_options.h"
#include "cli/verbs.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace galen::cli {

namespace {

class RecordVerbs {
 public:
  void bind(Grammar& grammar) {
    grammar_ = &grammar;
    add();
  }

 private:
  void add_asker(CLI::App* verb, client::Asker& asker) {
    verb->add_option(
            "--as", asker.person, "practitioner, or the patient; default: the only practitioner")
        ->type_name("ID");
    verb->add_option("--purpose", asker.purpose, "purpose of use, e.g. TREAT")
        ->capture_default_str();
    verb->add_option("--project", asker.project, "project the request is made for");
    verb->add_option("--key", asker.key_file, "signing key of that person (PEM)");
    verb->add_option(
        "--agreement-key", asker.agreement_key_file, "key agreement key of that person (PEM)");
  }

  void add() {
    CLI::App* record = grammar_->group("record", "records: store, find, open");
    CLI::App* put = grammar_->verb(
        record,
        "put",
        "encrypts files, stores them here and adds them to the patient's index",
        {"galen record put visit.json --patient PID --class NOTE",
         "galen record put hiv.json --patient PID --class LAB --confidentiality R --label HIV"},
        [this] { return put_records(grammar_->common(), put_, files_); });
    put->add_option("files", files_, "files to store")->required()->type_name("FILE...");
    put->add_option("--patient", put_.patient, "patient id")->required();
    put->add_option(
           "--class",
           put_.record_class,
           "SUMMARY NOTE LAB IMAGING MEDICATION IMMUNIZATION PROCEDURE DEVICE CLAIM TRIAL OTHER")
        ->capture_default_str();
    put->add_option("--confidentiality", put_.confidentiality, "U L M N R V")
        ->capture_default_str();
    Grammar::repeatable(put, "--label", put_.labels, "sensitivity label, repeatable");
    add_label_options(put, put_.labels_as);
    put->add_option("--service-date", put_.service_date, "YYYY-MM-DD, default today");
    put->add_option("--mime", put_.mime_type, "MIME type, default by the file's ending");
    Grammar::repeatable(
        put, "--related", put_.related, "encounter or other related id, repeatable");
    Grammar::repeatable(put, "--author", put_.authors, "practitioner id, repeatable");
    put->add_flag("--withhold", put_.withhold_from_patient, "not for the patient for now");

    CLI::App* list =
        grammar_->verb(record,
                       "list",
                       "records of a patient that the asker may discover",
                       {"galen record list --patient PID",
                        "galen record list --patient PID --custodian",
                        "galen record list --patient PID --proofs seen"},
                       [this] { return list_records(grammar_->common(), list_, proofs_); });
    list->add_option("--patient", list_.patient, "patient id")->required();
    add_asker(list, list_.asker);
    Grammar::repeatable(list, "--class", list_.classes, "record class, repeatable");
    list->add_option("--from", list_.from, "service date from, YYYY-MM-DD");
    list->add_option("--to", list_.to, "service date before, YYYY-MM-DD");
    Grammar::repeatable(list, "--label", list_.labels, "with this label, repeatable");
    list->add_option("--label-key", list_.label_key, "the patient's, to read tags of labels");
    list->add_option("--status", list_.status, "current superseded entered-in-error");
    CLI::Option* at =
        list->add_option("--at", list_.at, "as it was right after the block of this height");
    at->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 62U));
    list->add_option("--proofs", proofs_, "new file RECORD.proof for each entry, in this directory")
        ->type_name("DIR")
        ->excludes(at);
    list->add_flag("--custodian", list_.as_custodian, "the custodian's own index, unsigned");

    CLI::App* get =
        grammar_->verb(record,
                       "get",
                       "logs the access, opens the record at its custodian, verifies it",
                       {"galen record get RECORD --patient PID --purpose TREAT --out visit.json"},
                       [this] { return get_record(grammar_->common(), get_); });
    get->add_option("record", get_.record, "record id")->required()->type_name("RECORD");
    get->add_option("--patient", get_.patient, "patient id")->required();
    add_asker(get, get_.asker);
    get->add_option("--out", get_.out, "file to write; - for standard output")->required();
    get->add_flag(
        "--emergency",
        get_.emergency,
        "break-glass, with --purpose BTG: opens without the others when they do not answer");
  }

  Grammar* grammar_ = nullptr;
  client::PutOptions put_;
  client::ListOptions list_;
  client::GetOptions get_;
  std::vector<std::string> files_;
  std::optional<std::string> proofs_;
};

}  // namespace

void add_record_verbs(Grammar& grammar) {
  grammar.keep<RecordVerbs>().bind(grammar);
}

}  // namespace galen::cli
