#include "cli/arguments.h"

#include "bench/bench.h"
#include "cli/answer.h"
#include "cli/fhir/fhir_split.h"
#include "cli/network/network.h"
#include "cli/unknown_verb.h"
#include "cli/verbs.h"

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <algorithm>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>

namespace galen::cli {

namespace {

constexpr const char* kExitCodes =
    "Exit codes: 0 done; 1 failed; 2 wrong usage; 3 profile, key or genesis file; 4 not found or "
    "not\n"
    "permitted; 5 refused by the ledger; 6 no node answered in time; 7 a proof or a hash does not "
    "verify.\n"
    "Results go to standard output, messages to standard error. docs/cli.md describes everything.";

/// One line per example under "Examples:".
std::string examples(std::initializer_list<const char*> lines) {
  std::string text = "Examples:";
  for (const char* line : lines) text += std::string("\n  ") + line;
  return text;
}

/// The grammar: every verb stores what to run; exactly one runs after parsing.
class Grammar {
 public:
  Grammar() : app_("galen: hospitals share health records under the patient's consent", "galen") {
    app_.require_subcommand(1);
    app_.fallthrough();
    app_.footer(kExitCodes);
    add_common();
    add_network();
    add_people();
    add_records();
    add_consent();
    add_ledger();
    add_proofs();
    add_evidence();
    add_tools();
  }

  int run(int argc, char** argv) {
    try {
      app_.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
      if (error.get_exit_code() == 0) return app_.exit(error);
      if (const auto unknown = unknown_verb(app_, argc, argv)) {
        return report({client::FailureKind::kUsage, *unknown + ": no such verb", "", "see 'galen --help'"});
      }
      return report({client::FailureKind::kUsage, error.what(), "", "see 'galen --help'"});
    }
    common_.json = output_ == "json";
    return run_ ? run_() : 2;
  }

 private:
  using Run = std::function<int()>;

  CLI::App* group(const char* name, const char* about) {
    CLI::App* group = app_.add_subcommand(name, about);
    group->require_subcommand(1);
    group->fallthrough();
    return group;
  }

  CLI::App* verb(CLI::App* parent,
                 const char* name,
                 const char* about,
                 std::initializer_list<const char*> lines,
                 Run run) {
    CLI::App* verb = parent->add_subcommand(name, about);
    verb->fallthrough();
    verb->footer(examples(lines));
    verb->callback([this, run = std::move(run)] { run_ = run; });
    return verb;
  }

  /// Takes one value each time it is written, or several with commas.
  static CLI::Option* repeatable(CLI::App* verb,
                                 const char* name,
                                 std::vector<std::string>& values,
                                 const char* about) {
    return verb->add_option(name, values, about)->allow_extra_args(false)->delimiter(',');
  }

  void add_common() {
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

  void add_network() {
    CLI::App* network = group("network", "a consortium of local processes in one directory");
    CLI::App* create = verb(network,
                            "create",
                            "writes genesis, keys, certificates, configurations and profiles",
                            {"galen network create --dir demo --hospitals 4",
                             "galen network create --dir demo --listen-host 0.0.0.0 "
                             "--advertise-host hospital-{i}"},
                            [this] { return network_create(create_); });
    create->add_option("--dir", create_.directory, "new or empty directory")->required();
    create->add_option("--hospitals", create_.hospitals, "how many, at least 4")
        ->capture_default_str();
    create->add_option("--base-port", create_.base_port, "hospital-i listens on this plus i")
        ->check(CLI::Range(1024, 65000))
        ->capture_default_str();
    create
        ->add_option(
            "--rotation", create_.rotation_seconds, "seconds of block time per primary, 0 = no limit")
        ->check(CLI::Range(0, 86400))
        ->capture_default_str();
    create->add_option("--name", create_.name, "name of the consortium")->capture_default_str();
    create->add_option("--listen-host", create_.listen_host, "address the nodes listen on")
        ->capture_default_str();
    create->add_option("--advertise-host",
                       create_.advertise_host,
                       "where the others dial; {i} is the hospital's number; default --listen-host");
    create->add_option("--published-host",
                       create_.published_host,
                       "adds client-published.toml for clients that reach the nodes at this host");
    add_network_verb(
        network, "start", "starts the nodes and waits until they answer", network_start);
    add_network_verb(network, "status", "processes, heights and state roots", network_status);
    add_network_verb(network, "stop", "stops the nodes this directory started", network_stop);
  }

  void add_network_verb(CLI::App* network,
                        const char* name,
                        const char* about,
                        int (*function)(const NetworkOptions&)) {
    const std::string example = std::string("galen network ") + name + " --dir demo";
    CLI::App* added = verb(network, name, about, {example.c_str()}, [this, function] {
      network_.json = common_.json;
      return function(network_);
    });
    added->add_option("--dir", network_.directory, "directory of the network")->required();
    added->add_option("--only", network_.only, "number of the only hospital meant; 0 = all")
        ->check(CLI::Range(0, 1000));
    added->add_option("--wait", network_.wait_seconds, "seconds to wait")
        ->check(CLI::Range(1, 3600))
        ->capture_default_str();
  }

  void add_people() {
    CLI::App* patient = group("patient", "patients of this hospital");
    CLI::App* added =
        verb(patient,
             "register",
             "registers a patient under a new random id",
             {"galen --profile hospital-1/client.toml patient register",
              "galen patient register --held-by-patient --key s.pem --agreement-key a.pem"},
             [this] { return register_patient(common_, patient_); });
    added->add_flag(
        "--held-by-patient", patient_.held_by_patient, "the keys stay with the patient");
    added->add_option("--key", patient_.signing_key_file, "signing key to register (PEM)");
    added->add_option("--agreement-key", patient_.agreement_key_file, "key agreement key (PEM)");
    verb(patient,
         "list",
         "ids of the patients whose keys this profile holds",
         {"galen patient list"},
         [this] { return list_people(common_, "patient"); });

    CLI::App* practitioner = group("practitioner", "persons who act for this hospital");
    added = verb(practitioner,
                 "register",
                 "registers a practitioner with new keys",
                 {"galen practitioner register --role clinician"},
                 [this] { return register_practitioner(common_, practitioner_); });
    added
        ->add_option("--role",
                     practitioner_.role,
                     "clinician, billing, payer, researcher, public-health, auditor, device or "
                     "privacy-officer")
        ->capture_default_str();
    added->add_flag(
        "--emergency", practitioner_.emergency_privilege, "may declare an emergency access");
    verb(practitioner,
         "list",
         "ids of the practitioners of this profile",
         {"galen practitioner list"},
         [this] { return list_people(common_, "practitioner"); });
  }

  void add_asker(CLI::App* verb, client::Asker& asker) {
    verb->add_option(
            "--as", asker.person, "practitioner, or the patient; default: the only practitioner")
        ->type_name("ID");
    verb->add_option("--purpose", asker.purpose, "purpose of use, e.g. TREAT")
        ->capture_default_str();
    verb->add_option("--key", asker.key_file, "signing key of that person (PEM)");
    verb->add_option(
        "--agreement-key", asker.agreement_key_file, "key agreement key of that person (PEM)");
  }

  void add_records() {
    CLI::App* record = group("record", "records: store, find, open");
    CLI::App* put = verb(
        record,
        "put",
        "encrypts files, stores them here and adds them to the patient's index",
        {"galen record put visit.json --patient PID --class NOTE",
         "galen record put hiv.json --patient PID --class LAB --confidentiality R --label HIV"},
        [this] { return put_records(common_, put_, files_); });
    put->add_option("files", files_, "files to store")->required()->type_name("FILE...");
    put->add_option("--patient", put_.patient, "patient id")->required();
    put->add_option(
           "--class",
           put_.record_class,
           "SUMMARY NOTE LAB IMAGING MEDICATION IMMUNIZATION PROCEDURE DEVICE CLAIM TRIAL OTHER")
        ->capture_default_str();
    put->add_option("--confidentiality", put_.confidentiality, "U L M N R V")
        ->capture_default_str();
    repeatable(put, "--label", put_.labels, "sensitivity label, repeatable");
    put->add_option("--service-date", put_.service_date, "YYYY-MM-DD, default today");
    put->add_option("--mime", put_.mime_type, "MIME type, default by the file's ending");
    repeatable(put, "--related", put_.related, "encounter or other related id, repeatable");
    repeatable(put, "--author", put_.authors, "practitioner id, repeatable");
    put->add_flag("--withhold", put_.withhold_from_patient, "not for the patient for now");

    CLI::App* list =
        verb(record,
             "list",
             "records of a patient that the asker may discover",
             {"galen record list --patient PID", "galen record list --patient PID --custodian"},
             [this] { return list_records(common_, list_); });
    list->add_option("--patient", list_.patient, "patient id")->required();
    add_asker(list, list_.asker);
    list->add_flag("--custodian", list_.as_custodian, "the custodian's own index, unsigned");

    CLI::App* get = verb(record,
                         "get",
                         "logs the access, opens the record at its custodian, verifies it",
                         {"galen record get RECORD --patient PID --purpose TREAT --out visit.json"},
                         [this] { return get_record(common_, get_); });
    get->add_option("record", get_.record, "record id")->required()->type_name("RECORD");
    get->add_option("--patient", get_.patient, "patient id")->required();
    add_asker(get, get_.asker);
    get->add_option("--out", get_.out, "file to write; - for standard output")->required();
  }

  void add_consent() {
    CLI::App* consent = group("consent", "the patient's consent");
    add_terms(consent, "grant", "permits access", true);
    add_terms(consent, "deny", "denies access", false);
    CLI::App* revoke = verb(consent,
                            "revoke",
                            "ends a grant or denial with the next block",
                            {"galen consent revoke GRANT --patient PID"},
                            [this] { return revoke_access(common_, revoke_); });
    revoke->add_option("grant", revoke_.grant, "grant id")->required()->type_name("GRANT");
    revoke->add_option("--patient", revoke_.patient, "patient id")->required();
    revoke->add_option("--key", revoke_.key_file, "the patient's signing key, if he holds it");
    CLI::App* list = verb(consent,
                          "list",
                          "every grant and denial of a patient",
                          {"galen consent list --patient PID"},
                          [this] { return list_grants(common_, subject_); });
    list->add_option("--patient", subject_, "patient id")->required();
    CLI::App* check = verb(consent,
                           "check",
                           "what would be decided now, and by which rule; opens nothing",
                           {"galen consent check --patient PID --record RID --for PRACTITIONER"},
                           [this] { return check_access(common_, check_); });
    check->add_option("--patient", check_.patient, "patient id")->required();
    repeatable(check, "--record", check_.records, "record id, repeatable")->required();
    check->add_option("--for", check_.subject, "practitioner id, or organisation")->required();
    check->add_option("--purpose", check_.purpose, "purpose of use")->capture_default_str();
    check->add_option("--action", check_.action, "DISCOVER READ COPY REDISCLOSE")
        ->capture_default_str();
  }

  void add_terms(CLI::App* consent, const char* name, const char* about, bool permit) {
    client::ConsentOptions& terms = permit ? grant_ : deny_;
    terms.permit = permit;
    const std::string example = std::string("galen consent ") + name +
                                " --patient PID --to hospital-2 --purpose TREAT --class LAB";
    CLI::App* added = verb(consent, name, about, {example.c_str()}, [this, permit] {
      if (max_uses_ > 0) grant_.max_uses = max_uses_;
      return grant_access(common_, permit ? grant_ : deny_);
    });
    added->add_option("--patient", terms.patient, "patient id")->required();
    added->add_option("--to", terms.grantee, "organisation, practitioner id or *")->required();
    repeatable(added, "--purpose", terms.purposes, "purpose of use, repeatable");
    repeatable(added, "--class", terms.classes, "record class, repeatable; default all");
    repeatable(added, "--action", terms.actions, "action, repeatable");
    added->add_option(
        "--confidentiality",
        terms.confidentiality,
        permit ? "highest confidentiality, default N" : "lowest confidentiality, default U");
    repeatable(added, "--label", terms.labels, "sensitivity label, repeatable");
    added->add_option("--from", terms.from, "start, e.g. 2026-03-31 or +1d; default now");
    added->add_option("--until", terms.until, "end, e.g. 2026-12-31 or +30d");
    added->add_option("--data-from", terms.data_from, "service date from, YYYY-MM-DD");
    added->add_option("--data-to", terms.data_to, "service date before, YYYY-MM-DD");
    repeatable(added, "--instance", terms.instances, "only this record, repeatable");
    repeatable(added, "--related", terms.related, "only of this encounter, repeatable");
    repeatable(added, "--author", terms.authors, "only by this author, repeatable");
    repeatable(added, "--supersedes", terms.supersedes, "grant ended by this one, repeatable");
    if (permit) {
      added->add_option("--max-uses", max_uses_, "how many access requests it covers")
          ->check(CLI::Range(1U, std::numeric_limits<std::uint32_t>::max()));
    }
    if (!permit) {
      added->add_flag("--forbid-emergency", terms.forbid_emergency, "also against break-glass");
    }
    added->add_flag(
        "--ack-shadowed", terms.acknowledge_shadowed, "give it though a denial overlaps");
    added->add_option("--key", terms.key_file, "the patient's signing key, if he holds it");
  }

  void add_ledger() {
    CLI::App* status = verb(&app_,
                            "status",
                            "height, block and state root of a node, or of all",
                            {"galen status", "galen status --all --output json"},
                            [this] { return show_status(common_, all_); });
    status->add_flag("--all", all_, "every node of the profile");
    CLI::App* audit = group("audit", "who accessed what");
    CLI::App* list = verb(audit,
                          "list",
                          "every access to a patient's records, permitted and refused",
                          {"galen audit list --patient PID"},
                          [this] { return list_access(common_, subject_); });
    list->add_option("--patient", subject_, "patient id")->required();
    CLI::App* tx = group("tx", "transactions");
    CLI::App* get = verb(tx, "get", "one transaction", {"galen tx get ID"}, [this] {
      return get_transaction(common_, subject_);
    });
    get->add_option("id", subject_, "transaction id")->required()->type_name("ID");
    CLI::App* block = group("block", "blocks");
    get = verb(block, "get", "one certified block", {"galen block get 12"}, [this] {
      return get_block(common_, height_);
    });
    get->add_option("height", height_, "height, from 1")
        ->required()
        ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 62U))
        ->type_name("HEIGHT");
  }

  void add_proofs() {
    CLI::App* proof = group("proof", "proofs that anybody can verify offline");
    CLI::App* get = verb(proof,
                         "get",
                         "fetches and verifies a proof of presence or absence",
                         {"galen proof get grant:PID:GRANT --out grant.proof",
                          "galen proof get organisation:hospital-2 --out h2.proof",
                          "galen proof get tx:ID --out tx.proof"},
                         [this] { return get_proof(common_, subject_, out_); });
    get->add_option("key",
                    subject_,
                    "grant:PID:GRANT revocation:PID:GRANT record:PID:RID patient:PID "
                    "practitioner:ID accesses:PID organisation:NAME tombstone:ID tx:ID parameters "
                    "validators")
        ->required()
        ->type_name("KEY");
    get->add_option("--out", out_, "file to write")->required();
    CLI::App* verify = verb(proof,
                            "verify",
                            "verifies a proof with the genesis file alone; needs no node",
                            {"galen proof verify grant.proof --genesis genesis.json"},
                            [this] { return verify_proof(common_, subject_, genesis_); });
    verify->add_option("file", subject_, "proof file")->required()->type_name("FILE");
    verify->add_option("--genesis", genesis_, "genesis.json of the consortium")->required();
  }

  void add_evidence() {
    CLI::App* evidence = group("evidence", "validators that signed two votes in one slot");
    CLI::App* list = verb(evidence,
                          "list",
                          "what the node keeps, every piece verified",
                          {"galen evidence list", "galen evidence list --member hospital-2 --output json"},
                          [this] { return list_evidence(common_, subject_); });
    list->add_option("--member", subject_, "organisation or validator index; default: all");
    CLI::App* exported = verb(evidence,
                              "export",
                              "writes one piece to a file that anybody can verify",
                              {"galen evidence export ID --out h2.evidence"},
                              [this] { return export_evidence(common_, subject_, out_); });
    exported->add_option("id", subject_, "evidence id")->required()->type_name("ID");
    exported->add_option("--out", out_, "file to write")->required();
    CLI::App* verify = verb(evidence,
                            "verify",
                            "verifies evidence, or a fail-stop bundle, with the genesis file alone; needs no node",
                            {"galen evidence verify h2.evidence --genesis genesis.json"},
                            [this] { return verify_evidence(common_, subject_, genesis_); });
    verify->add_option("file", subject_, "evidence file")->required()->type_name("FILE");
    verify->add_option("--genesis", genesis_, "genesis.json of the consortium")->required();
  }

  void add_tools() {
    CLI::App* fhir = group("fhir", "FHIR files");
    CLI::App* split = verb(fhir,
                           "split",
                           "splits an R4 bundle into one document per encounter and class",
                           {"galen fhir split patient.json --out documents"},
                           [this] {
                             split_.json = common_.json;
                             return fhir_split(split_);
                           });
    split->add_option("bundle", split_.bundle, "FHIR R4 bundle")->required()->type_name("BUNDLE");
    split->add_option("--out", split_.directory, "directory for the documents")->required();
    CLI::App* added = verb(&app_,
                           "bench",
                           "load: closed loop of signed transactions, throughput and latency",
                           {"galen --profile hospital-1/client.toml bench --duration 10",
                            "galen --profile hospital-1/client.toml bench --idle"},
                           [this] {
                             bench_.profile = common_.profile;
                             bench_.json = common_.json;
                             return bench::run_bench(bench_);
                           });
    added->add_option("--clients", bench_.clients, "streams")
        ->check(CLI::Range(1, 64))
        ->capture_default_str();
    added->add_option("--in-flight", bench_.in_flight, "waiting per stream")
        ->check(CLI::Range(1, 2048))
        ->capture_default_str();
    added->add_option("--duration", bench_.duration_s, "seconds")
        ->check(CLI::Range(0.1, 86400.0))
        ->capture_default_str();
    added->add_option("--warm-up", bench_.warm_up_s, "seconds before counting")
        ->check(CLI::Range(0.0, 3600.0))
        ->capture_default_str();
    added->add_option("--operation", bench_.operation, "what is submitted")
        ->check(CLI::IsMember({"grant", "record", "patient"}))
        ->capture_default_str();
    added->add_flag("--idle", bench_.idle, "one client, one transaction at a time");
    added->add_flag("--retry",
                    bench_.retry,
                    "when a node goes away, submit the same transactions at the next one");
    added->add_option("--receipts", bench_.receipts, "file for one JSON line per receipt")
        ->type_name("FILE");
    verb(&app_, "version", "the version of this program", {"galen version"}, [this] {
      return show_version(common_);
    });
  }

  CLI::App app_;
  CommonOptions common_;
  std::string output_ = "text";
  Run run_;

  NetworkCreateOptions create_;
  NetworkOptions network_;
  client::PatientOptions patient_;
  client::PractitionerOptions practitioner_;
  client::PutOptions put_;
  client::ListOptions list_;
  client::GetOptions get_;
  client::ConsentOptions grant_;
  client::ConsentOptions deny_;
  client::RevokeOptions revoke_;
  client::CheckOptions check_;
  FhirSplitOptions split_;
  bench::BenchOptions bench_;
  std::vector<std::string> files_;
  std::string subject_;
  std::string out_;
  std::string genesis_;
  std::uint64_t height_ = 0;
  std::uint32_t max_uses_ = 0;
  bool all_ = false;
};

}  // namespace

int run(int argc, char** argv) {
  try {
    return Grammar().run(argc, argv);
  } catch (const std::exception& error) {
    return report({client::FailureKind::kGeneral, error.what(), "", "please report this"});
  }
}

}  // namespace galen::cli
