<?php
// Adminer as Debian packs it, with the login page filled in from the environment as the official image does:
// ADMINER_DEFAULT_SERVER is the server's name, default "db".

function adminer_object()
{
    class FilledIn extends Adminer
    {
        public function loginFormField($name, $heading, $value)
        {
            if ($name === 'server') {
                $server = getenv('ADMINER_DEFAULT_SERVER') ?: 'db';
                $value = str_replace('value=""', 'value="' . htmlspecialchars($server, ENT_QUOTES) . '"', $value);
            }
            return parent::loginFormField($name, $heading, $value);
        }
    }
    return new FilledIn();
}

require '/usr/share/adminer/adminer.php';
