#include "cli/grammar.h"
#include "cli/network/network.h"

#include <string>

namespace galen::cli {

namespace {

class NetworkVerbs {
 public:
  void bind(Grammar& grammar) {
    grammar_ = &grammar;
    add();
  }

 private:
  void add() {
    CLI::App* network =
        grammar_->group("network", "a consortium of local processes in one directory");
    CLI::App* create =
        grammar_->verb(network,
                       "create",
                       "writes genesis, keys, certificates, configurations and profiles",
                       {"galen network create --dir demo --hospitals 4",
                        "galen network create --dir demo --listen-host 0.0.0.0 "
                        "--advertise-host hospital-{i}"},
                       [this] {
                         create_.json = grammar_->common().json;
                         return network_create(create_);
                       });
    create->add_option("--dir", create_.directory, "new or empty directory")->required();
    create->add_option("--hospitals", create_.hospitals, "how many, at least 4")
        ->capture_default_str();
    create->add_option("--base-port", create_.base_port, "hospital-i listens on this plus i")
        ->check(CLI::Range(1024, 65000))
        ->capture_default_str();
    create
        ->add_option("--rotation",
                     create_.rotation_seconds,
                     "seconds of block time per primary, 0 = no limit")
        ->check(CLI::Range(0, 86400))
        ->capture_default_str();
    create
        ->add_option("--audit-retention-days",
                     create_.audit_retention_days,
                     "least time the audit log of an erased patient is kept; 0 = none, for tests")
        ->check(CLI::Range(0, 36'600))
        ->capture_default_str();
    Grammar::repeatable(create,
                        "--max-grant-days",
                        create_.max_grant_days,
                        "PURPOSE=DAYS, repeatable: how long a permit for it may be valid");
    create->add_option("--name", create_.name, "name of the consortium")->capture_default_str();
    create->add_option("--listen-host", create_.listen_host, "address the nodes listen on")
        ->capture_default_str();
    create->add_option(
        "--advertise-host",
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
    CLI::App* added = grammar_->verb(network, name, about, {example.c_str()}, [this, function] {
      network_.json = grammar_->common().json;
      return function(network_);
    });
    added->add_option("--dir", network_.directory, "directory of the network")->required();
    added->add_option("--only", network_.only, "number of the only hospital meant; 0 = all")
        ->check(CLI::Range(0, 1000));
    added->add_option("--wait", network_.wait_seconds, "seconds to wait")
        ->check(CLI::Range(1, 3600))
        ->capture_default_str();
  }

  Grammar* grammar_ = nullptr;
  NetworkCreateOptions create_;
  NetworkOptions network_;
};

}  // namespace

void add_network_verbs(Grammar& grammar) {
  grammar.keep<NetworkVerbs>().bind(grammar);
}

}  // namespace galen::cli
