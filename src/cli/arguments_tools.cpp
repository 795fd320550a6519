#include "bench/bench.h"
#include "cli/fhir/fhir_split.h"
#include "cli/grammar.h"
#include "cli/verbs.h"

#include <string>

namespace galen::cli {

namespace {

class ToolVerbs {
 public:
  void bind(Grammar& grammar) {
    grammar_ = &grammar;
    add();
  }

 private:
  void add() {
    CLI::App* fhir = grammar_->group("fhir", "FHIR files");
    CLI::App* split =
        grammar_->verb(fhir,
                       "split",
                       "splits an R4 bundle into one document per encounter and class",
                       {"galen fhir split patient.json --out documents"},
                       [this] {
                         split_.json = grammar_->common().json;
                         return fhir_split(split_);
                       });
    split->add_option("bundle", split_.bundle, "FHIR R4 bundle")->required()->type_name("BUNDLE");
    split->add_option("--out", split_.directory, "directory for the documents")->required();
    CLI::App* added = grammar_->verb(
        &grammar_->top(),
        "bench",
        "load: closed loop of signed transactions, throughput and latency",
        {"galen --profile hospital-1/client.toml bench --duration 10",
         "galen --profile hospital-1/client.toml bench --idle",
         "galen --profile hospital-1/client.toml bench --operation access --grants 100"},
        [this] {
          bench_.profile = grammar_->common().profile;
          bench_.json = grammar_->common().json;
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
    added->add_option("--operation", bench_.workload.operation, "what is submitted")
        ->check(CLI::IsMember({"access", "grant", "record", "patient"}))
        ->capture_default_str();
    added
        ->add_option(
            "--batch", bench_.batch, "operations of one transaction; of accesses at most 8")
        ->check(CLI::Range(1, 256))
        ->capture_default_str();
    added->add_option("--patients", bench_.workload.patients, "each client is about")
        ->check(CLI::Range(1, 1000))
        ->capture_default_str();
    added->add_option("--grants", bench_.workload.grants, "each patient gives before the load")
        ->check(CLI::Range(0, 50'000))
        ->capture_default_str();
    added->add_flag("--idle", bench_.idle, "one client, one transaction at a time");
    added->add_flag("--retry",
                    bench_.retry,
                    "when a node goes away, submit the same transactions at the next one");
    added->add_option("--receipts", bench_.receipts, "file for one JSON line per receipt")
        ->type_name("FILE");
    grammar_->verb(
        &grammar_->top(), "version", "the version of this program", {"galen version"}, [this] {
          return show_version(grammar_->common());
        });
  }

  Grammar* grammar_ = nullptr;
  FhirSplitOptions split_;
  bench::BenchOptions bench_;
};

}  // namespace

void add_tool_verbs(Grammar& grammar) {
  grammar.keep<ToolVerbs>().bind(grammar);
}

}  // namespace galen::cli
