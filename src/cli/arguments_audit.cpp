#include "cli/answer.h"
#include "cli/audit_verbs.h"
#include "cli/grammar.h"
#include "cli/human_text.h"
#include "cli/json_text.h"
#include "galen/client.h"

#include <cstdint>
#include <string>

namespace galen::cli {

namespace {

class AuditVerbs {
 public:
  void bind(Grammar& grammar) {
    grammar_ = &grammar;
    CLI::App* audit = grammar.group("audit", "who accessed what");
    add_list(audit);
    add_statement(audit);
    add_verify(audit);
    add_show(audit);
    add_export(audit);
    add_act(audit);
    add_organisation(audit);
  }

 private:
  void add_filter(CLI::App* verb) {
    verb->add_flag("--emergency", filter_.emergency, "break-glass only");
    verb->add_flag("--denied", filter_.denied, "refused records and readings only");
    verb->add_flag(
        "--accounting", filter_.accounting, "what an accounting of disclosures lists only");
    verb->add_option("--organisation", filter_.organisation, "of this organisation, name or id");
    verb->add_flag("--words", in_words_, "for the patient: purposes and grounds in words");
  }

  static void add_reader(CLI::App* verb, client::LogReader& reader) {
    verb->add_option("--as", reader.person, "person who acts; default: the organisation itself")
        ->type_name("ID");
    verb->add_option("--purpose",
                     reader.purpose,
                     "purpose of use; default HOPERAT, of the patient PATRQT, of a proxy FAMRQT");
    verb->add_option("--key", reader.key_file, "signing key of that person (PEM)");
  }

  void add_source(CLI::App* verb) {
    verb->add_option("file", source_.file, "statement file")->required()->type_name("FILE");
    verb->add_option("--genesis", source_.genesis, "genesis.json of the consortium")->required();
  }

  void add_list(CLI::App* audit) {
    CLI::App* list = grammar_->verb(
        audit,
        "list",
        "every access to a patient's records, and who read that; is a reading itself",
        {"galen audit list --patient PID",
         "galen audit list --patient PID --as PID",
         "galen audit list --patient PID --denied --organisation hospital-2"},
        [this] {
          return list_access(
              grammar_->common(), {options_.patient, options_.reader}, filter_, in_words_);
        });
    list->add_option("--patient", options_.patient, "patient id")->required();
    add_reader(list, options_.reader);
    add_filter(list);
  }

  void add_statement(CLI::App* audit) {
    CLI::App* statement = grammar_->verb(
        audit,
        "statement",
        "every access in a range, proven complete, in a file that anybody can verify",
        {"galen audit statement --patient PID --out pid.statement",
         "galen audit statement --patient PID --from 2026-01-01 --to 2026-04-01 --out q1",
         "galen audit statement --patient PID --to-height 500 --out first.statement"},
        [this] { return make(); });
    statement->add_option("--patient", options_.patient, "patient id")->required();
    statement->add_option(
        "--from", options_.from, "block time from, inclusive; default the beginning");
    statement->add_option("--to", options_.to, "block time to, exclusive; default up to now");
    from_height_ = add_height(statement, "--from-height", "height from, inclusive", from_);
    to_height_ = add_height(statement, "--to-height", "height to, exclusive", to_);
    add_reader(statement, options_.reader);
    statement->add_option("--out", out_, "file to write")->required();
  }

  static CLI::Option* add_height(CLI::App* verb,
                                 const char* name,
                                 const char* about,
                                 std::uint64_t& height) {
    return verb->add_option(name, height, about)
        ->check(CLI::Range(std::uint64_t{0}, std::uint64_t{1} << 62U))
        ->type_name("HEIGHT");
  }

  int make() {
    if (from_height_->count() > 0) options_.from_height = from_;
    if (to_height_->count() > 0) options_.to_height = to_;
    return get_statement(grammar_->common(), options_, out_);
  }

  void add_verify(CLI::App* audit) {
    add_source(grammar_->verb(audit,
                              "verify",
                              "verifies a statement with the genesis file alone; needs no node",
                              {"galen audit verify pid.statement --genesis genesis.json"},
                              [this] { return verify_statement(grammar_->common(), source_); }));
  }

  void add_show(CLI::App* audit) {
    CLI::App* show = grammar_->verb(
        audit,
        "show",
        "verifies a statement and lists its accesses; needs no node",
        {"galen audit show pid.statement --genesis genesis.json",
         "galen audit show pid.statement --genesis genesis.json --emergency"},
        [this] { return show_statement(grammar_->common(), source_, filter_, in_words_); });
    add_source(show);
    add_filter(show);
  }

  void add_export(CLI::App* audit) {
    CLI::App* exported = grammar_->verb(
        audit,
        "export",
        "verifies a statement and writes it as FHIR AuditEvents or as accounting of disclosures",
        {"galen audit export pid.statement --genesis genesis.json --format fhir --out audit.json",
         "galen audit export pid.statement --genesis genesis.json --format csv --out "
         "accounting.csv"},
        [this] { return export_statement(grammar_->common(), source_, format_, out_); });
    add_source(exported);
    exported->add_option("--format", format_, "fhir: R4 Bundle of AuditEvent; csv: accounting")
        ->required()
        ->check(CLI::IsMember({"fhir", "csv"}));
    exported->add_option("--out", out_, "file to write")->required();
  }

  void add_organisation(CLI::App* audit) {
    CLI::App* own = grammar_->verb(
        audit,
        "organisation",
        "what people of this organisation asked for, at whichever hospital, one line each",
        {"galen audit organisation --from 2026-11-01 --to 2026-12-01",
         "galen audit organisation --person PRACTITIONER --output json",
         "galen audit organisation --emergency"},
        [this] { return list_own_accesses(grammar_->common(), own_); });
    own->add_option("--person", own_.person, "of this practitioner or device only");
    own->add_option("--patient", own_.patient, "about this patient only");
    own->add_option("--from", own_.from, "block time from, inclusive; default the beginning");
    own->add_option("--to", own_.to, "block time to, exclusive; default up to now");
    own->add_flag("--emergency", own_.emergency, "break-glass only");
    own->add_flag("--denied", own_.denied, "only where something was refused");
  }

  void add_act(CLI::App* audit) {
    CLI::App* act = grammar_->verb(
        audit,
        "act",
        "logs what this organisation did outside the ledger: an export, a backup, support access",
        {"galen audit act --act export --patient PID --recipient hospital-2 --purpose HRESCH --as "
         "ID",
         "galen audit act --act backup"},
        [this] {
          return answer(
              grammar_->common(),
              [this](client::Client& client) { return client.log_act(act_); },
              [](const auto& committed) { return human::text(committed); },
              [](const auto& committed) { return json::text(committed); });
        });
    act->add_option("--act",
                    act_.act,
                    "export audit-export disclosure-accounting key-handover backup restore "
                    "configuration support-access")
        ->required();
    act->add_option("--patient", act_.patient, "patient it was about; default: none");
    Grammar::repeatable(act, "--record", act_.records, "only this record, repeatable");
    act->add_option("--recipient", act_.recipient, "member organisation that received an export");
    act->add_option("--time", act_.time, "when it was done; default now");
    add_reader(act, act_.actor);
  }

  Grammar* grammar_ = nullptr;
  client::StatementOptions options_;
  client::ActOptions act_;
  client::OwnAccessOptions own_;
  client::AccessFilter filter_;
  bool in_words_ = false;
  StatementSource source_;
  std::string format_;
  std::string out_;
  std::uint64_t from_ = 0;
  std::uint64_t to_ = 0;
  CLI::Option* from_height_ = nullptr;
  CLI::Option* to_height_ = nullptr;
};

}  // namespace

void add_audit_verbs(Grammar& grammar) {
  grammar.keep<AuditVerbs>().bind(grammar);
}

}  // namespace galen::cli
